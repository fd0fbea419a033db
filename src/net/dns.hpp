// SPDX-License-Identifier: GPL-3.0-or-later
// What a name server says, as values: a message of any bytes goes in, at most so many records that can be believed come out.
// Asks nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace carillon::net {

enum class DnsType : std::uint16_t { a = 1, aaaa = 28, srv = 33, naptr = 35 };

struct DnsQuestion {
  std::string name;
  DnsType type = DnsType::a;
  auto operator<=>(const DnsQuestion&) const = default;
};

/// One record; what its type does not have is empty.
struct DnsRecord {
  DnsType type = DnsType::a;
  std::string value;  ///< The address, the target of SRV, the replacement of NAPTR; lower case, without a dot at the end.
  std::uint16_t priority = 0;    ///< Of SRV; the order of NAPTR.
  std::uint16_t port = 0;        ///< Of SRV; 0 only where `value` is empty: the service is not offered (RFC 2782).
  std::string service = {};      ///< Of NAPTR: "SIP+D2U".
  std::string flags = {};        ///< Of NAPTR: "s".
  std::uint16_t weight = 0;      ///< Of SRV.
  std::uint16_t preference = 0;  ///< Of NAPTR.
  bool operator==(const DnsRecord&) const = default;
};

enum class DnsOutcome : std::uint8_t {
  records,
  no_records,  ///< There is no such name, or nothing of this type by it.
  failed,      ///< The servers refuse, or say nothing that can be read.
  slow         ///< They do not answer.
};

struct DnsAnswer {
  DnsOutcome outcome = DnsOutcome::failed;
  std::vector<DnsRecord> records;  ///< None but with `records`.
  Duration ttl{};                  ///< The shortest of all that led to the records.
  bool operator==(const DnsAnswer&) const = default;
  bool is_known() const { return outcome == DnsOutcome::records || outcome == DnsOutcome::no_records; }
};

inline constexpr std::size_t dns_records_max = 64;  ///< Of one answer; the rest is passed over.

/// A name that may be asked for: at most 253 printable ASCII characters in labels of at most 63, none of them a backslash.
bool is_dns_name(std::string_view name);

/// What the message `bytes` has for the question, also where aliases (CNAME) lead. Records with a name or text that is none, and
/// SRV records with port 0, are passed over; a message that breaks off is `failed`, as is one whose code is neither "no error"
/// nor "no such name".
DnsAnswer read_dns_message(std::string_view bytes, const DnsQuestion& question);

}  // namespace carillon::net

template <>
struct std::hash<carillon::net::DnsQuestion> {
  std::size_t operator()(const carillon::net::DnsQuestion& question) const {
    return std::hash<std::string>()(question.name) * 31 + static_cast<std::size_t>(question.type);
  }
};

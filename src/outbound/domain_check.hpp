// SPDX-License-Identifier: GPL-3.0-or-later
// Where telephones go that are given a SIP domain (RFC 3263), and whether that is here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "outbound/dns.hpp"

namespace carillon::outbound {

/// Where the platform listens for telephones.
struct UsersEdge {
  std::vector<std::string> addresses;  ///< Numeric; empty: not known.
  std::uint16_t port = 5060;           ///< UDP and TCP.
  std::uint16_t tls_port = 5061;       ///< 0: no TLS.
};

enum class DomainOutcome : std::uint8_t {
  ok,             ///< Every way leads here.
  not_found,      ///< There is nothing by that name.
  other_address,  ///< It leads elsewhere, or not here alone.
  other_port,     ///< It leads here, to a port where nobody listens.
  no_answer,      ///< The DNS does not say.
  unknown_edge    ///< The platform does not know its own address.
};
inline constexpr std::string_view domain_outcomes[] = {"ok", "notFound", "otherAddress", "otherPort", "noAnswer", "unknownEdge"};

/// One way that a telephone may take.
struct DomainWay {
  std::string transport;  ///< "udp", "tcp", "tls".
  std::string host;       ///< The name whose address it is.
  std::string address;    ///< Empty when the host has none.
  std::uint16_t port = 0;
  DomainOutcome outcome = DomainOutcome::ok;
  bool is_showable = true;  ///< The address is the platform's, or of the public Internet.
};

struct DomainReport {
  DomainOutcome outcome = DomainOutcome::not_found;
  std::vector<DomainWay> ways;
};

using AskDns = std::function<Result<DnsAnswers>(std::span<const DnsQuestion>)>;

/// At most three rounds of questions.
DomainReport check_domain(const std::string& name, const UsersEdge& edge, const AskDns& ask);

}  // namespace carillon::outbound

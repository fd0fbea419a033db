// SPDX-License-Identifier: GPL-3.0-or-later
// What the DNS has about names that others gave us. Bounded: so many records an answer, so long an answer takes, however it
// comes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "net/dns.hpp"
#include "outbound/fault.hpp"

namespace carillon::outbound {

using net::DnsQuestion;
using net::DnsRecord;
using net::DnsType;
using DnsAnswers = std::vector<std::vector<DnsRecord>>;

class Dns {
 public:
  static constexpr std::size_t records_max = 16;    ///< Of one answer; the rest is passed over.
  static constexpr std::size_t questions_max = 32;  ///< At once; the rest has no answers.

  /// `servers`: numeric addresses with ports, with commas between; empty: the system's.
  explicit Dns(std::string servers) : servers_(std::move(servers)) {}

  /// Asks all at once, for some seconds at most. A name without such records has an empty answer; `too_slow` when a server does
  /// not say, `broken` when it says nothing that can be read.
  Result<DnsAnswers> ask(std::span<const DnsQuestion> questions) const;

 private:
  std::string servers_;
};

}  // namespace carillon::outbound

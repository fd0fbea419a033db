// SPDX-License-Identifier: GPL-3.0-or-later
// What NAPTR and SRV records mean for SIP: pure functions of the records and of dice.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "net/dns.hpp"
#include "net/network.hpp"

namespace carillon::trunk {

/// 64 random bits a call.
using Dice = std::function<std::uint64_t()>;

/// A name with SRV records, and how its servers are reached.
struct Service {
  net::Transport transport = net::Transport::udp;
  std::string name;
  bool operator==(const Service&) const = default;
};

inline constexpr std::size_t services_max = 8;

/// 5061 for TLS, else 5060 (RFC 3261 §19.1.2).
std::uint16_t default_port(net::Transport transport);

/// Where a domain's service by a transport stands: "_sip._udp.example.com".
Service service_of(const std::string& domain, net::Transport transport);

/// The services that NAPTR records name, of those transports, the domain's favourite first.
std::vector<Service> named_services(std::vector<net::DnsRecord> pointers, std::span<const net::Transport> transports);

/// SRV records in the order in which to try them: by priority, and dealt by weight within one.
std::vector<net::DnsRecord> deal_by_weight(std::vector<net::DnsRecord> services, const Dice& dice);

/// The same cards in any order.
void shuffle(std::span<net::DnsRecord> records, const Dice& dice);

}  // namespace carillon::trunk

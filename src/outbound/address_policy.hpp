// SPDX-License-Identifier: GPL-3.0-or-later
// Where requests of ours may go: whoever gives us a URL must not reach what only we can reach.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/ip_network.hpp"
#include "net/network.hpp"

namespace carillon::outbound {

/// The public Internet, and what the operator allows besides.
class AddressPolicy {
 public:
  AddressPolicy() = default;
  /// `allowed`: networks that are not public but permitted, as `outbound.allowed_networks` and `sip.trunks.allowed_networks` have
  /// them. What is no network permits nothing.
  explicit AddressPolicy(std::span<const std::string> allowed);

  /// Whether a connection to it may be made. Not in an address that stands for another (IPv4-mapped, 6to4, NAT64, Teredo).
  bool permits(const sockaddr& address) const;
  /// The same of a server that is no web server. What is no host at all (multicast, 0.0.0.0, broadcast) nobody can permit.
  bool permits(const net::Address& address) const;
  /// Whether the operator named it: such hosts may be asked without TLS.
  bool allows_plain(const sockaddr& address) const;
  /// Whether the operator named it.
  bool lists(const net::Address& address) const;
  bool has_exceptions() const { return !allowed_.empty(); }

 private:
  std::vector<IpNetwork> allowed_;
};

/// Whether an address is of the public unicast Internet (the special-purpose registries of RFC 6890, and what came since).
bool is_public(const sockaddr& address);

}  // namespace carillon::outbound

// SPDX-License-Identifier: GPL-3.0-or-later
// The two sides of the platform: telephones speak to one group of listeners, carriers to another, and neither is heard at the
// other's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "net/network.hpp"

namespace carillon::agent {

class Sides {
 public:
  Sides() = default;
  /// The carriers' listeners, with the ports that they got; `tls_port` is on the same addresses, 0: none.
  Sides(std::vector<net::Address> trunks, std::uint16_t tls_port) : trunks_(std::move(trunks)), tls_port_(tls_port) {}

  /// Whether `local`, where a message arrived, is the carriers' side.
  bool is_trunk(const net::Address& local) const {
    return std::ranges::any_of(trunks_, [&](const net::Address& each) {
      const bool is_port = local.port == each.port || (tls_port_ != 0 && local.port == tls_port_);
      return is_port && (each.is_unspecified() || each.same_host(local));
    });
  }
  const std::vector<net::Address>& trunks() const { return trunks_; }

 private:
  std::vector<net::Address> trunks_;
  std::uint16_t tls_port_ = 0;
};

}  // namespace carillon::agent

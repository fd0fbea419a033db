// SPDX-License-Identifier: GPL-3.0-or-later
// One place where a request for somebody else's server may be sent.
#pragma once

#include <cstdint>
#include <string>

#include "net/network.hpp"

namespace carillon::trunk {

struct Target {
  net::Transport transport = net::Transport::udp;
  net::Address address;
  /// Whose address that is, for people: a carrier's server may have another name than the carrier. Certificates are checked
  /// against what was asked for, never against this (RFC 5922): the DNS proves nothing.
  std::string host;
  std::int64_t server = 0;  ///< Whose it is: what one contract's server does says nothing of another's at the same address.
  bool operator==(const Target&) const = default;
};

}  // namespace carillon::trunk

// SPDX-License-Identifier: GPL-3.0-or-later
// HEP version 3: copies of signalling for a capture server such as Homer. One packet is one UDP datagram.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "net/network.hpp"

namespace carillon::hep {

struct Packet {
  net::Transport transport = net::Transport::udp;  ///< Told as UDP or TCP: there is no number for what is above.
  net::Address from;
  net::Address to;
  Instant at{};
  std::uint32_t agent = 0;  ///< Which capture agent of the operator's.
  std::string_view node;
  std::string_view correlation;  ///< Joins what belongs together.
  std::string_view payload;      ///< A SIP message; cut where the datagram would be too long.
};

std::string encode(const Packet& packet);

}  // namespace carillon::hep

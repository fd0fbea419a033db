// SPDX-License-Identifier: GPL-3.0-or-later
// The way that a REGISTER came, which calls take back: the proxies that ask to be passed again (Path, RFC 3327) and the flow
// itself (RFC 5626 §6).
#pragma once

#include <string>
#include <vector>

#include "agent/agent.hpp"

namespace carillon::registrar {

struct Way {
  std::vector<std::string> path;  ///< Route values for requests to the contact, in their order; at most path_max.
  bool is_outbound = false;       ///< The device keeps its connection for our calls and hears that we do too.

  static constexpr std::size_t path_max = 4;
  static constexpr std::size_t path_bytes_max = 255;  ///< Of each value.
};

struct WayFound {
  int status = 0;  ///< 400: a Path that is no list of loose routes, or too long; 439: the first proxy knows no outbound.
  Way way;
};

/// `names_flow`: one of the contacts has an instance and a reg-id.
WayFound find_way(const agent::Incoming& incoming, bool names_flow);

/// What the 200 says of it: Path, Require: outbound, Flow-Timer.
void write_way(sip::Writer& writer, const Way& way, const sip::Message& request);

}  // namespace carillon::registrar

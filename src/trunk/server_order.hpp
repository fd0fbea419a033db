// SPDX-License-Identifier: GPL-3.0-or-later
// In which order a call tries what may take it: the routes' carriers, and each carrier's servers. Those of equal priority are
// drawn by lot, so that each is first as often as its weight says (RTE-10).
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "dialplan/external.hpp"

namespace carillon::trunk {

/// A number below the one that is given, which is not 0; all equally likely.
using Lot = std::function<std::uint32_t(std::uint32_t)>;

/// Each carrier at its first place alone: routes of equal pattern and priority by lot, the rest as they are.
std::vector<const directory::Carrier*> order_carriers(std::span<const directory::Route* const> routes, const Lot& lot);

/// Servers of equal priority by lot; `servers` are by priority.
std::vector<const directory::CarrierServer*> order_servers(std::span<const directory::CarrierServer> servers, const Lot& lot);

}  // namespace carillon::trunk

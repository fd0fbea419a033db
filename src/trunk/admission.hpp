// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a call with the world may be one more: of its customer's, its brand's, its carrier's (ACL-9), and whether so many may
// begin (reliability T-03). Every call that leaves the platform or comes to it is asked here, dialled, transferred, forwarded or
// begun by somebody at a screen; calls for help are not, and count nowhere.
#pragma once

#include "call/call.hpp"
#include "trunk/permits.hpp"

namespace carillon::trunk {

/// Which way a call goes. What comes in is counted while it is there, and does not count as begun.
enum class Way : std::uint8_t { in, out };

/// One more of the customer's and the brand's, on its way out of whoever makes it too. Nothing: they have as many as they may,
/// and the call's ending says so.
Task<std::optional<Permit>> admit(call::Call& call, PermitOffice& office, Way way);

/// One more of a carrier's. Nothing: it has as many as it may; another may have room.
Task<std::optional<Permit>> admit(call::Call& call, PermitOffice& office, const directory::Carrier& carrier);

/// A call of before a restart, whose leg to the world counts on.
void count_on(const call::Call& call, call::Leg& leg, PermitOffice& office, Id<model::Carrier> carrier);

}  // namespace carillon::trunk

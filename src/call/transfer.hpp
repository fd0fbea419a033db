// SPDX-License-Identifier: GPL-3.0-or-later
// Transfers (RFC 5589): a REFER from one side of a conversation sends the other side elsewhere. The side that is sent keeps its
// leg; the leg moves to another call: a new one that dials (blind), or the one whose dialog the REFER replaces (attended,
// semi-attended). Whoever transfers dials with its own permissions and pays; its dialog hears how it went and is over when it
// went well.
#pragma once

#include "base/task.hpp"
#include "call/relay_offer.hpp"

namespace carillon::call {

/// Takes LegEvent `refer`. Afterwards the call waits for LegEvent `transferred` or `not_transferred`, or goes on as it was if the
/// transfer was refused.
void begin_transfer(Call& call, const LegEvent& event);

/// Sends `moving` to a number as if `referrer`, its peer, had asked with a REFER; both are established. 0, or the SIP status that
/// says why not.
int begin_blind_transfer(Call& call, Leg& referrer, Leg& moving, const std::string& dialled);

/// A leg that came from elsewhere meets its peer: one offer to each, so that both hear each other whatever they had agreed
/// before; again when another leg takes the place of one of them meanwhile. What is left of earlier exchanges goes to `relay`, in
/// which none may be open. False when one of them has hung up or will not. Suspends for the answers.
Task<bool> join(Call& call, OfferRelay& relay, Leg& fresh);

}  // namespace carillon::call

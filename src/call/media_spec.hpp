// SPDX-License-Identifier: GPL-3.0-or-later
// From a session description to what media must know of a leg.
#pragma once

#include "net/network.hpp"
#include "ng/legs.hpp"
#include "sdp/session.hpp"

namespace carillon::call {

/// The streams of a description of the leg's peer. `source` is where its SIP messages come from.
ng::LegSpec media_spec(const sdp::Session& session, const net::Address& source);

/// As many streams, of the same kinds, before the peer has said anything.
ng::LegSpec unknown_media(const sdp::Session& other_side);

}  // namespace carillon::call

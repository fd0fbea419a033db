// SPDX-License-Identifier: GPL-3.0-or-later
// From a session description to what media must know of a leg.
#pragma once

#include "call/media_keys.hpp"
#include "net/network.hpp"
#include "ng/legs.hpp"
#include "sdp/session.hpp"

namespace carillon::call {

/// The streams of a description of the leg's peer, whose SIP messages come by `flow`; `keys` are our side's. A stream with keys
/// of the peer's to which we have said none stays closed: an answer takes what was offered (RFC 4568 §5.1.3).
ng::LegSpec media_spec(const sdp::Session& session, const net::Flow& flow, const MediaKeys& keys);

/// As many streams, of the same kinds, before the peer has said anything; it will be reached by `flow`.
ng::LegSpec unknown_media(const sdp::Session& other_side, const net::Flow& flow);

/// Where the first of a leg's streams comes from; unspecified when nobody has sent anything.
net::Address media_source(const ng::LegStatistics& leg);

/// How the media of a leg fared, as a line of the call's trace.
std::string quality_of(const ng::LegStatistics& leg);

}  // namespace carillon::call

// SPDX-License-Identifier: GPL-3.0-or-later
// What a back-to-back user agent says to one side about the other's description: the same streams, codecs and payload types, our
// own address, ports and keys. Only what the relay can carry passes; the rest of the description is an allow-list away from the
// far side.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sdp/crypto.hpp"
#include "sdp/offer_answer.hpp"

namespace carillon::sdp {

/// How our side of one stream is protected. A description that answers has the protocol of the offer and one key; without any
/// the stream is plain.
struct StreamSecurity {
  bool is_required = false;  ///< RTP/SAVP; else RTP/AVP, with keys for whoever knows them (RFC 8643).
  std::vector<Crypto> keys;
};

/// Where our relay listens for one description: an address and, for each m= line in order, a port (0: none was allocated).
struct RelayPorts {
  std::string_view address;  ///< Numeric, IPv6 without brackets.
  std::span<const std::uint16_t> ports;
  bool is_held = false;      ///< Whoever is told this is on hold: no stream of it goes either way.
  bool is_far_held = false;  ///< The far side is: what it says of directions is our doing, and counts as open.
  std::span<const StreamSecurity> security = {};  ///< For each m= line in order; those that are missing are plain.
};

/// True for a stream that the relay carries: active, audio or video over RTP, plain or with a key that we can use.
bool is_relayable(const Media& stream);
/// True when at least one stream is; else the offer gets 488.
bool has_relayable(const Session& session);

/// True when the relay can carry a stream and has a key for each that it can.
bool is_encrypted(const Session& session);

/// Whether two sides that have described themselves without knowing each other can talk through the relay: the streams that both
/// have are of one type and share a codec under one payload type, telephone events apart. There is at least one.
bool can_join(const Session& one, const Session& other);

/// The offer for the far side: one m= line for each of `remote`'s, in order, so that both sides' lines keep the same index.
/// Streams that cannot be relayed get port 0. Directions pass as they are (c=0.0.0.0 becomes one). Candidates, keys, bundles,
/// addresses and attributes that are not known to concern codecs are dropped.
Draft make_relayed_offer(const Session& remote, const RelayPorts& relay);

/// The same with every stream open in both directions: for a side that is joined with another peer than it had.
Draft make_fresh_offer(const Session& remote, const RelayPorts& relay);

/// The answer for the side that sent `offer`, made from what the far side answered: a stream is accepted when both accepted it.
Draft make_relayed_answer(const Session& offer, const Session& answer, const RelayPorts& relay);

}  // namespace carillon::sdp

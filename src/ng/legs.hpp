// SPDX-License-Identifier: GPL-3.0-or-later
// What signalling and media say to each other: commands over the legs of a call, their outcome, and events. Plain values, shared
// by both ends; ng/leg_wire.hpp puts them on the wire.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "rtp/srtp_profile.hpp"

namespace carillon::ng {

/// An address and a port, laid out as net::Address (IPv4 as mapped IPv6), which this floor does not know. All zero: none.
struct Endpoint {
  std::array<std::uint8_t, 16> bytes{};
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;

  template <class Address>
  static Endpoint of(const Address& address) {
    return {address.bytes, address.port};
  }
  template <class Address>
  Address as() const {
    Address address;
    address.bytes = bytes;
    address.port = port;
    return address;
  }
};

/// Names a leg. The number is chosen by the call, from 1, and used once in its life.
struct LegId {
  CallId call;
  std::uint16_t number = 0;
  auto operator<=>(const LegId&) const = default;
};

/// `other` keeps its place among the streams but gets no ports and is not relayed.
enum class Kind : std::uint8_t { audio, video, other };

/// Packets that come from the leg with payload type `from` leave towards the connected leg with `to`.
struct PayloadChange {
  std::uint8_t from = 0;
  std::uint8_t to = 0;
  auto operator<=>(const PayloadChange&) const = default;
};

/// How a stream is protected on the peer's side. Both have the same profile. Secret.
struct SrtpKeys {
  rtp::SrtpKey ours;  ///< Of what the peer is sent.
  rtp::SrtpKey theirs;
  bool operator==(const SrtpKeys&) const = default;
};

/// One media line of a leg, as signalling knows it from the peer's SDP.
struct StreamSpec {
  Kind kind = Kind::audio;
  Endpoint remote;        ///< The peer's c= and m=. None: not known yet, or the line is refused; then nothing is sent.
  Endpoint remote_rtcp;   ///< a=rtcp. None: the port after `remote`.
  bool rtcp_mux = false;  ///< RTCP on the RTP port, agreed in offer and answer (RFC 5761).
  bool from_peer = true;  ///< What the peer sends is relayed. False while the stream is held so that the peer must not be heard.
  bool to_peer = true;    ///< The peer is sent what the connected leg says. False while the peer does not want to listen.
  std::vector<PayloadChange> payload_changes;  ///< Empty: payload types pass unchanged.
  std::optional<SrtpKeys> srtp = {};           ///< None: plain.
  bool operator==(const StreamSpec&) const = default;
};

/// What signalling knows of one party. `signalling_source` is where its SIP messages really come from (the port is ignored): it
/// decides which media sources may be believed when the SDP shows a private address.
struct LegSpec {
  Endpoint signalling_source;
  std::vector<StreamSpec>
      streams;               ///< In the order of the SDP; at most `max_streams`. The i-th is joined to the other leg's i-th.
  bool is_internal = false;  ///< The peer is another leg of ours: media may go to a port of our own, as it may for nobody else.
  bool is_for_help = false;  ///< Of a call for help: it gets the ports that others do not.
  Endpoint local = {};       ///< Our address that signalling uses (port ignored): where media is bound to all, it uses the same.
  bool operator==(const LegSpec&) const = default;
};
inline constexpr std::size_t max_streams = 8;
inline constexpr std::size_t max_commands = 16;

/// Where the peer shall send: what to write into the SDP (`media.advertised_address` is already applied). Port 0 for Kind::other.
struct StreamPorts {
  Endpoint rtp;
  std::uint16_t rtcp_port = 0;
  auto operator<=>(const StreamPorts&) const = default;
};
struct LegPorts {
  std::uint16_t leg = 0;
  std::vector<StreamPorts> streams;
  /// The ports are open on every address of that family: another party of the same leg may be shown another one.
  bool is_everywhere = false;
  bool operator==(const LegPorts&) const = default;
};

/// Counters of one stream. `received` speaks of the peer's packets that were accepted, `lost` of gaps in their sequence.
/// What the peer said last of the packets that it got, in RTCP (RFC 3550 §6.4).
struct PeerReport {
  std::int64_t lost = 0;     ///< Below zero when packets came twice.
  std::uint32_t jitter = 0;  ///< In units of the stream's timestamps.
  bool operator==(const PeerReport&) const = default;
};

struct StreamStatistics {
  Kind kind = Kind::audio;
  Endpoint remote;  ///< Where the peer's packets really come from; none before the first.
  std::uint64_t received_packets = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t lost = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t strangers = 0;  ///< Dropped: from a source that is not the peer.
  std::uint64_t discarded = 0;  ///< Dropped: not RTP, held, or without a destination.
  std::optional<PeerReport> reported;
  bool operator==(const StreamStatistics&) const = default;
};
struct LegStatistics {
  std::uint16_t leg = 0;
  std::vector<StreamStatistics> streams;
  bool operator==(const LegStatistics&) const = default;
};

/// Before `answered` nobody has to speak; from then on silence is watched (`media timeout`), except where a direction is held.
enum class Phase : std::uint8_t { early, answered };

/// Allocates ports. The leg is not connected yet.
struct Create {
  std::uint16_t leg = 0;
  LegSpec spec;
  bool operator==(const Create&) const = default;
};
/// A new offer or answer of that party: replaces what was known; ports stay. More streams than before get ports too.
struct Modify {
  std::uint16_t leg = 0;
  LegSpec spec;
  bool operator==(const Modify&) const = default;
};
/// Joins two legs, of this call or of two; each leaves the leg it was joined to. Repeating it changes the phase.
struct Connect {
  std::uint16_t leg = 0;
  LegId other;
  Phase phase = Phase::early;
  bool operator==(const Connect&) const = default;
};
struct Disconnect {
  std::uint16_t leg = 0;
  bool operator==(const Disconnect&) const = default;
};
/// Gives the leg's ports back; 0: all legs of the call. The outcome holds their last statistics.
struct Destroy {
  std::uint16_t leg = 0;
  bool operator==(const Destroy&) const = default;
};
/// Asks for statistics of all legs of the call.
struct Query {
  bool operator==(const Query&) const = default;
};
using Command = std::variant<Create, Modify, Connect, Disconnect, Destroy, Query>;

/// Carried out in order, all or nothing: when one fails, the legs created by this request are gone again and the fault is
/// returned.
struct Request {
  CallId call;
  std::vector<Command> commands;  ///< At most `max_commands`.
  bool operator==(const Request&) const = default;
};

struct Outcome {
  std::vector<LegPorts> ports;            ///< One for each Create and Modify, in their order.
  std::vector<LegStatistics> statistics;  ///< Of Destroy and Query.
  bool operator==(const Outcome&) const = default;
};

/// Why media ended a leg or call on its own, or that it was asked to.
enum class EndReason : std::uint8_t {
  destroyed,   ///< Signalling asked for it.
  unanswered,  ///< Never answered within the offer limit.
  silent,      ///< Silent, and nobody reacted to the timeout; or not touched for a day.
  abandoned,   ///< Silent while its signalling was away.
};

/// No media came from this leg's peer for `media timeout`, although it may speak. Told once, again after media has resumed.
struct MediaTimeout {
  LegId leg;
  std::uint16_t stream = 0;     ///< Where it was heard last.
  std::uint32_t silent_ms = 0;  ///< For how long by now.
  bool operator==(const MediaTimeout&) const = default;
};
struct Ended {
  CallId call;
  EndReason reason = EndReason::destroyed;
  std::vector<LegStatistics> statistics;
  bool operator==(const Ended&) const = default;
};
using Event = std::variant<MediaTimeout, Ended>;

}  // namespace carillon::ng

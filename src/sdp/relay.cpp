// SPDX-License-Identifier: GPL-3.0-or-later
// Rewrites one side's description for the other.
#include "sdp/relay.hpp"

#include <algorithm>
#include <array>

#include "sdp/lines.hpp"
#include "sdp/tokens.hpp"

namespace carillon::sdp {
namespace {

/// Attributes that say how a codec or its feedback works and stay true behind a relay. Whatever names addresses, ports, keys,
/// other streams or alternatives to negotiate is not here.
constexpr std::array<std::string_view, 12> passing = {
    "content", "extmap",  "extmap-allow-mixed", "fmtp", "framerate", "framesize", "imageattr", "label", "lang",
    "quality", "rtcp-fb", "silenceSupp"};

bool passes(const Attribute& attribute) {
  return std::ranges::find(passing, attribute.name) != passing.end();
}

std::uint16_t port_at(const RelayPorts& relay, std::size_t index) {
  return index < relay.ports.size() ? relay.ports[index] : std::uint16_t{0};
}

/// The lines before the first m= line.
Draft begin_draft(const RelayPorts& relay, const Session& source) {
  const bool is_v6 = relay.address.find(':') != std::string_view::npos;
  Draft draft;
  draft.connection = connection_text(Connection{is_v6, relay.address});
  draft.lines.reserve(source.text().size() + 64);
  append_line(draft.lines, {"s=-"});
  append_line(draft.lines, {"c=", draft.connection});
  for (std::string_view bandwidth : source.bandwidths) append_line(draft.lines, {"b=", bandwidth});
  append_line(draft.lines, {"t=0 0"});
  return draft;
}

const StreamSecurity& security_at(const RelayPorts& relay, std::size_t index) {
  static const StreamSecurity plain;
  return index < relay.security.size() ? relay.security[index] : plain;
}

/// What a stream is offered by, given what the far side's is: its protection is ours to say, its feedback passes.
std::string_view protocol_of_offer(const Media& stream, const StreamSecurity& security) {
  if (security.is_required) return stream.has_feedback() ? "RTP/SAVPF" : "RTP/SAVP";
  return stream.has_feedback() ? "RTP/AVPF" : "RTP/AVP";
}

/// An m= line with the codecs and attributes of `codecs`; type and, unless `protocol` says otherwise, protocol are those of
/// `line`.
struct StreamLine {
  const Media& line;
  const Media& codecs;
  std::string_view protocol;
};
void append_stream(std::string& out, const StreamLine& stream, std::uint16_t port, Direction direction,
                   const StreamSecurity& security) {
  const Media& codecs = stream.codecs;
  append_media_line(out, stream.line, port, codecs.formats, stream.protocol);
  for (std::string_view bandwidth : codecs.bandwidths) append_line(out, {"b=", bandwidth});
  append_codecs(out, codecs);
  append_line(out, {"a=", to_string(direction)});
  for (const Attribute& attribute : codecs.attributes) {
    if (passes(attribute)) append_attribute(out, attribute);
  }
  for (const Crypto& crypto : security.keys) append_line(out, {"a=crypto:", crypto_text(crypto)});
}

}  // namespace

bool is_relayable(const Media& stream) {
  if (!stream.is_active() || (!same_token(stream.type, "audio") && !same_token(stream.type, "video"))) return false;
  return stream.is_plain_rtp() || (stream.is_secure_rtp() && find_crypto(stream));
}

bool has_relayable(const Session& session) {
  return std::ranges::any_of(session.media, is_relayable);
}

bool is_encrypted(const Session& session) {
  const auto is_plain = [](const Media& stream) { return is_relayable(stream) && !find_crypto(stream); };
  return has_relayable(session) && std::ranges::none_of(session.media, is_plain);
}

namespace {

bool has_common_codec(const Media& one, const Media& other) {
  return std::ranges::any_of(one.formats, [&other](const Format& each) {
    const Format* twin = other.find_format(each.name);
    return twin != nullptr && !each.is_telephone_event() && same_token(each.encoding, twin->encoding) &&
           each.clock_rate == twin->clock_rate && each.channels == twin->channels;
  });
}

}  // namespace

bool can_join(const Session& one, const Session& other) {
  bool is_any = false;
  for (std::size_t index = 0; index < std::min(one.media.size(), other.media.size()); ++index) {
    const Media& first = one.media[index];
    const Media& second = other.media[index];
    if (!is_relayable(first) || !is_relayable(second)) continue;
    if (!same_token(first.type, second.type) || !has_common_codec(first, second)) return false;
    is_any = true;
  }
  return is_any;
}

namespace {

Draft make_offer(const Session& remote, const RelayPorts& relay, std::optional<Direction> direction) {
  Draft draft = begin_draft(relay, remote);
  for (std::size_t index = 0; index < remote.media.size(); ++index) {
    const Media& stream = remote.media[index];
    const std::uint16_t port = port_at(relay, index);
    if (port != 0 && is_relayable(stream)) {
      const Direction said = relay.is_far_held ? Direction::sendrecv : remote.direction_of(stream);
      const StreamSecurity& security = security_at(relay, index);
      append_stream(draft.lines, {stream, stream, protocol_of_offer(stream, security)}, port,
                    relay.is_held ? Direction::inactive : direction.value_or(said), security);
    } else {
      append_media_line(draft.lines, stream, 0, stream.formats);
    }
  }
  return draft;
}

}  // namespace

Draft make_relayed_offer(const Session& remote, const RelayPorts& relay) {
  return make_offer(remote, relay, std::nullopt);
}

Draft make_fresh_offer(const Session& remote, const RelayPorts& relay) {
  return make_offer(remote, relay, Direction::sendrecv);
}

Draft make_relayed_answer(const Session& offer, const Session& answer, const RelayPorts& relay) {
  Draft draft = begin_draft(relay, answer);
  for (std::size_t index = 0; index < offer.media.size(); ++index) {
    const Media& offered = offer.media[index];
    const std::uint16_t port = port_at(relay, index);
    const Media* answered = index < answer.media.size() ? &answer.media[index] : nullptr;
    if (port != 0 && is_relayable(offered) && answered != nullptr && is_relayable(*answered)) {
      const Direction wanted = relay.is_far_held ? Direction::sendrecv : answer.direction_of(*answered);
      const Direction direction = answer_direction(offer.direction_of(offered), wanted);
      append_stream(draft.lines, {offered, *answered, {}}, port, relay.is_held ? Direction::inactive : direction,
                    security_at(relay, index));
    } else {
      // RFC 3264 §6: a refused stream keeps its place, its port is zero.
      append_media_line(draft.lines, offered, 0, offered.formats);
    }
  }
  return draft;
}

}  // namespace carillon::sdp

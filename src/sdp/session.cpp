// SPDX-License-Identifier: GPL-3.0-or-later
// What can be asked of a parsed description.
#include "sdp/session.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "sdp/tokens.hpp"

namespace carillon::sdp {
namespace {

/// The text before and behind the o= line, which every text that has one keeps in one piece.
std::pair<std::string_view, std::string_view> around_origin(std::string_view text) {
  const std::size_t at = text.find("\no=");
  if (at == std::string_view::npos) return {text, {}};
  const std::size_t end = text.find('\n', at + 1);
  return {text.substr(0, at), end == std::string_view::npos ? std::string_view() : text.substr(end)};
}

}  // namespace

std::string_view to_string(Direction direction) {
  constexpr std::string_view names[] = {"inactive", "sendonly", "recvonly", "sendrecv"};
  return names[static_cast<std::size_t>(direction)];
}

bool Connection::is_unspecified() const {
  return address == "0.0.0.0" || (is_v6 && !address.empty() && address.find_first_not_of("0:") == std::string_view::npos);
}

bool Format::is_telephone_event() const {
  return same_token(encoding, "telephone-event");
}

bool Media::is_plain_rtp() const {
  return same_token(protocol, "RTP/AVP") || same_token(protocol, "RTP/AVPF");
}

bool Media::is_secure_rtp() const {
  return same_token(protocol, "RTP/SAVP") || same_token(protocol, "RTP/SAVPF");
}

bool Media::has_feedback() const {
  return same_token(protocol, "RTP/AVPF") || same_token(protocol, "RTP/SAVPF");
}

const Format* Media::find_format(std::string_view format_name) const {
  const auto found = std::ranges::find(formats, format_name, &Format::name);
  return found == formats.end() ? nullptr : &*found;
}

const Attribute* Media::find_attribute(std::string_view attribute_name) const {
  const auto found = std::ranges::find(attributes, attribute_name, &Attribute::name);
  return found == attributes.end() ? nullptr : &*found;
}

Session::Session(const Session& other) {
  *this = other;
}

Session& Session::operator=(const Session& other) {
  if (this == &other) return *this;
  auto copy = parse(other.text());
  CARILLON_ASSERT(copy.has_value());  // It was parsed before.
  return *this = std::move(*copy);
}

const Connection* Session::connection_of(const Media& stream) const {
  if (stream.own_connection) return &*stream.own_connection;
  return connection ? &*connection : nullptr;
}

Direction Session::direction_of(const Media& stream) const {
  const Direction said = stream.own_direction.value_or(own_direction.value_or(Direction::sendrecv));
  const Connection* where = connection_of(stream);
  // RFC 3264 §8.4: the hold of RFC 2543.
  if (where != nullptr && where->is_unspecified()) return make_direction(sends(said), false);
  return said;
}

bool is_held(const Session& session) {
  const auto is_active_audio = [](const Media& stream) { return stream.is_active() && stream.type == "audio"; };
  const bool has_audio = std::ranges::any_of(session.media, is_active_audio);
  bool has_stream = false;
  for (const Media& stream : session.media) {
    if (has_audio ? !is_active_audio(stream) : !stream.is_active()) continue;
    if (session.direction_of(stream) == Direction::sendrecv) return false;
    has_stream = true;
  }
  return has_stream;
}

bool same_but_origin(const Session& a, const Session& b) {
  return around_origin(a.text()) == around_origin(b.text());
}

}  // namespace carillon::sdp

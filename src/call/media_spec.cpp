// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/media_spec.hpp"

#include <algorithm>

#include "agent/hop.hpp"
#include "sdp/relay.hpp"

namespace carillon::call {

namespace {

ng::Kind kind_of(const sdp::Media& media) {
  if (media.type == "audio") return ng::Kind::audio;
  return media.type == "video" ? ng::Kind::video : ng::Kind::other;
}

ng::Endpoint endpoint(const sdp::Connection* connection, std::uint16_t port) {
  if (connection == nullptr || connection->is_unspecified() || port == 0) return {};
  const std::optional<net::Address> address = net::Address::parse(connection->address, port);
  return address ? ng::Endpoint::of(*address) : ng::Endpoint{};
}

std::size_t stream_count(const sdp::Session& session) {
  return std::min(session.media.size(), ng::max_streams);
}

}  // namespace

ng::LegSpec media_spec(const sdp::Session& session, const net::Flow& flow, const MediaKeys& keys) {
  ng::LegSpec spec{.signalling_source = ng::Endpoint::of(flow.remote), .streams = {}, .local = ng::Endpoint::of(flow.local)};
  spec.is_internal = agent::is_on_net(flow);
  for (std::size_t i = 0; i < stream_count(session); ++i) {
    const sdp::Media& media = session.media[i];
    ng::StreamSpec& stream = spec.streams.emplace_back();
    stream.kind = kind_of(media);
    if (!sdp::is_relayable(media)) continue;
    const sdp::Connection* connection = session.connection_of(media);
    const sdp::Direction direction = session.direction_of(media);
    stream.remote = endpoint(connection, media.port);
    if (media.rtcp_port != 0)
      stream.remote_rtcp = endpoint(media.rtcp_connection ? &*media.rtcp_connection : connection, media.rtcp_port);
    stream.from_peer = sdp::sends(direction);
    stream.to_peer = sdp::receives(direction);
    auto crypto = sdp::find_crypto(media);
    if (!crypto) continue;
    const rtp::SrtpKey* ours = keys.find(i, crypto->key.profile);
    if (ours != nullptr)
      stream.srtp = ng::SrtpKeys{*ours, std::move(crypto->key)};
    else if (media.is_secure_rtp())
      stream.from_peer = stream.to_peer = false;
  }
  return spec;
}

ng::LegSpec unknown_media(const sdp::Session& other_side, const net::Flow& flow) {
  ng::LegSpec spec{.signalling_source = {}, .streams = {}, .local = ng::Endpoint::of(flow.local)};
  spec.is_internal = agent::is_on_net(flow);
  for (std::size_t i = 0; i < stream_count(other_side); ++i) spec.streams.push_back({.kind = kind_of(other_side.media[i])});
  return spec;
}

net::Address media_source(const ng::LegStatistics& leg) {
  const auto is_known = [](const ng::StreamStatistics& stream) { return stream.remote != ng::Endpoint{}; };
  const auto stream = std::ranges::find_if(leg.streams, is_known);
  return stream == leg.streams.end() ? net::Address() : stream->remote.as<net::Address>();
}

std::string quality_of(const ng::LegStatistics& leg) {
  constexpr std::string_view kinds[] = {"audio", "video", "other"};
  std::string text;
  for (const ng::StreamStatistics& stream : leg.streams) {
    const std::string_view from = stream.remote == ng::Endpoint{} ? " from nobody" : "";
    const double heard = static_cast<double>(stream.received_packets + stream.lost);
    const double lost = heard == 0 ? 0 : 100 * static_cast<double>(stream.lost) / heard;
    if (!text.empty()) text += "; ";
    text += fmt::format("{}{}: received {} packets ({} bytes), lost {} ({:.1f} %), sent {} packets ({} bytes)",
                        kinds[static_cast<std::size_t>(stream.kind)], from, stream.received_packets, stream.received_bytes,
                        stream.lost, lost, stream.sent_packets, stream.sent_bytes);
    if (stream.reported)
      text += fmt::format(", of which it missed {} (jitter {} timestamp units)", stream.reported->lost, stream.reported->jitter);
    if (stream.strangers != 0) text += fmt::format(", {} from strangers dropped", stream.strangers);
    if (stream.discarded != 0) text += fmt::format(", {} dropped", stream.discarded);
  }
  return text.empty() ? "no streams" : text;
}

}  // namespace carillon::call

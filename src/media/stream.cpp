// SPDX-License-Identifier: GPL-3.0-or-later
// The packet path: one datagram in, at most one out, nothing allocated.
#include "media/stream.hpp"

#include <cstring>

namespace carillon::media {

namespace {

/// Larger ones are not RTP of any phone (Ethernet frames hold 1500 bytes); net hands over nothing larger than this either.
constexpr std::size_t max_packet = 4096;

using Sealed = std::array<std::uint8_t, max_packet + rtp::srtp_growth>;

std::span<const std::uint8_t> octets(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::string_view text(std::span<const std::uint8_t> bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

net::Address default_rtcp(const ng::StreamSpec& spec) {
  if (spec.remote_rtcp.port != 0) return spec.remote_rtcp.as<net::Address>();
  auto rtp = spec.remote.as<net::Address>();
  return rtp.with_port(rtp.port == 0 ? 0 : static_cast<std::uint16_t>(rtp.port + 1));
}

}  // namespace

Result<std::unique_ptr<Stream>> Stream::open(RelayContext& context, PortPool* pool, bool is_for_help) {
  auto stream = std::make_unique<Stream>(context);
  if (pool) {
    CARILLON_TRY(ports, pool->take(*stream, is_for_help));
    stream->ports_ = std::move(ports);
  }
  return stream;
}

/// A key that stays, or comes back, has its state: no index may be used twice under it, and what was heard before is not heard
/// again.
void Stream::set_keys(const std::optional<ng::SrtpKeys>& keys) {
  is_protected_ = keys.has_value();
  may_begin_anew_ = true;
  if (!keys || keys == keys_) return;
  let_go_of_keys();
  keys_ = keys;
  sender_ = context_.senders.take(keys->ours);
  receiver_ = context_.receivers.take(keys->theirs);
}

void Stream::let_go_of_keys() {
  if (!keys_) return;
  context_.senders.let_go(keys_->ours, std::move(sender_));
  context_.receivers.let_go(keys_->theirs, std::move(receiver_));
  keys_.reset();
}

void Stream::signal(const ng::StreamSpec& spec, const net::Address& source, const net::Address& local, bool is_internal) {
  Monotonic now = context_.loop.now();
  set_keys(spec.srtp);
  bool is_rtcp_same = spec.remote_rtcp == spec_.remote_rtcp && spec.remote == spec_.remote;
  spec_ = spec;
  if (!is_rtcp_same) rtcp_learned_.reset();
  changes_payloads_ = !spec.payload_changes.empty();
  for (std::size_t i = 0; i < payloads_.size(); ++i) payloads_[i] = static_cast<std::uint8_t>(i);
  for (auto change : spec.payload_changes) payloads_[change.from & 0x7f] = change.to & 0x7f;
  latch_.signal(spec.remote.as<net::Address>(), source, now);
  is_loopback_ = local.is_loopback();
  is_internal_ = is_internal;
  if (ports_) ports_->set_source(local);
  last_life_ = now;
  if (joined_) joined_->last_life_ = now;  // The other side may have been on hold until now, too.
  is_silence_told_ = false;
  set_destinations();
}

void Stream::join(Stream* other) {
  if (joined_ == other) return;
  if (joined_) joined_->joined_ = nullptr;
  if (other && other->joined_) other->joined_->joined_ = nullptr;
  joined_ = other;
  if (other) other->joined_ = this;
}

void Stream::watch(bool is_answered) {
  if (is_answered && !is_answered_) last_life_ = context_.loop.now();
  is_answered_ = is_answered;
}

bool Stream::must_be_heard() const {
  if (!is_answered_ || !ports_ || !joined_ || spec_.remote.port == 0) return false;
  const ng::StreamSpec& other = joined_->spec_;
  return spec_.from_peer && spec_.to_peer && other.from_peer && other.to_peer;
}

bool Stream::is_silent_for(Duration limit) const {
  return must_be_heard() && context_.loop.now() - last_life_ >= limit;
}

bool Stream::is_newly_silent(Duration limit) {
  if (is_silence_told_ || !is_silent_for(limit)) return false;
  is_silence_told_ = true;
  return true;
}

std::optional<net::Address> Stream::local() const {
  if (!ports_) return std::nullopt;
  return ports_->rtp_address();
}

ng::StreamStatistics Stream::statistics() const {
  ng::StreamStatistics s;
  s.kind = spec_.kind;
  if (latch_.is_latched()) s.remote = ng::Endpoint::of(latch_.latched());
  s.received_packets = received_packets_;
  s.received_bytes = received_bytes_;
  s.lost = loss_.lost();
  s.sent_packets = sent_packets_;
  s.sent_bytes = sent_bytes_;
  s.strangers = strangers_;
  s.discarded = discarded_;
  if (reported_) s.reported = ng::PeerReport{reported_->lost, reported_->jitter};
  return s;
}

void Stream::discard() {
  ++discarded_;
  ++context_.discarded;
}

void Stream::on_rtp_port(const net::Address& from, std::string_view bytes) {
  auto kind = rtp::classify(bytes);
  // RFC 5761 §4, and phones that send RTCP here unasked: never a reason to latch.
  if (kind == rtp::PacketKind::rtcp) return on_rtcp(from, bytes, false);
  auto header = kind == rtp::PacketKind::rtp && bytes.size() <= max_packet ? rtp::parse_header(bytes) : std::nullopt;
  if (!header) return discard();
  std::array<std::uint8_t, max_packet> plain;
  if (is_protected_) {
    // Before the latch: only who has the key is believed.
    const auto size = receiver_->open_rtp(octets(bytes), plain, may_begin_anew_ && is_from_peer_host(from));
    if (!size) return discard();
    may_begin_anew_ = false;
    bytes = text(plain, *size);
  }
  switch (latch_.judge(from, *header, context_.loop.now())) {
    case Latch::Verdict::accepted:
      break;
    case Latch::Verdict::latched:
      set_destinations();
      break;
    case Latch::Verdict::probation:
      return discard();
    case Latch::Verdict::stranger:
      ++strangers_;
      ++context_.strangers;
      return;
  }
  ++received_packets_;
  received_bytes_ += bytes.size();
  loss_.on_packet(*header);
  last_life_ = context_.loop.now();
  is_silence_told_ = false;
  if (!joined_ || !spec_.from_peer || !joined_->spec_.to_peer) return discard();
  if (!changes_payloads_ || payloads_[header->payload_type] == header->payload_type) return joined_->send_rtp(bytes);
  char changed[max_packet];
  std::memcpy(changed, bytes.data(), bytes.size());
  changed[1] = static_cast<char>((header->marker ? 0x80 : 0) | payloads_[header->payload_type]);
  joined_->send_rtp({changed, bytes.size()});
}

void Stream::send_rtp(std::string_view bytes) {
  if (!may_send_) return discard();
  Sealed sealed;
  if (is_protected_) {
    std::memcpy(sealed.data(), bytes.data(), bytes.size());
    const std::size_t size = sender_->seal_rtp(sealed, bytes.size());
    if (size == 0) return discard();
    bytes = text(sealed, size);
  }
  ++sent_packets_;
  sent_bytes_ += bytes.size();
  ++context_.relayed_packets;
  ports_->send_rtp(rtp_to_, bytes);
}

void Stream::on_rtcp_port(const net::Address& from, std::string_view bytes) {
  if (rtp::classify(bytes) != rtp::PacketKind::rtcp || bytes.size() > max_packet) return discard();
  on_rtcp(from, bytes, true);
}

bool Stream::is_from_peer_host(const net::Address& from) const {
  if (latch_.is_latched()) return from.same_host(latch_.latched()) || from == default_rtcp(spec_);
  auto expected = latch_.destination();
  return expected && (from.same_host(*expected) || from == default_rtcp(spec_));
}

void Stream::on_rtcp(const net::Address& from, std::string_view bytes, bool is_own_port) {
  if (bytes.size() > max_packet) return discard();
  if (!is_from_peer_host(from)) {
    ++strangers_;
    ++context_.strangers;
    return;
  }
  std::array<std::uint8_t, max_packet> plain;
  if (is_protected_) {
    const auto size = receiver_->open_rtcp(octets(bytes), plain);
    if (!size) return discard();
    bytes = text(plain, *size);
  }
  if (is_own_port && latch_.is_latched() && from.same_host(latch_.latched()) && rtcp_learned_ != from) {
    // Only the port is learned, of a host that RTP has proven.
    rtcp_learned_ = from;
    set_destinations();
  }
  last_life_ = context_.loop.now();
  is_silence_told_ = false;
  if (const auto report = rtp::find_report(bytes)) reported_ = report;
  if (joined_) joined_->send_rtcp(bytes);
}

void Stream::send_rtcp(std::string_view bytes) {
  if (!rtcp_to_) return discard();
  Sealed sealed;
  if (is_protected_) {
    std::memcpy(sealed.data(), bytes.data(), bytes.size());
    const std::size_t size = sender_->seal_rtcp(sealed, bytes.size());
    if (size == 0) return discard();
    bytes = text(sealed, size);
  }
  ++context_.relayed_packets;
  if (spec_.rtcp_mux) {
    ports_->send_rtp(*rtcp_to_, bytes);
  } else {
    ports_->send_rtcp(*rtcp_to_, bytes);
  }
}

std::optional<net::Address> Stream::checked(std::optional<net::Address> destination) {
  if (!destination || destination->port == 0 || destination->is_unspecified()) return std::nullopt;
  if (context_.policy.allows(*destination, is_loopback_) && (is_internal_ || !context_.is_own_port(*destination)))
    return destination;
  ++context_.forbidden_destinations;
  return std::nullopt;
}

void Stream::set_destinations() {
  auto rtp = ports_ ? checked(latch_.destination()) : std::nullopt;
  may_send_ = rtp.has_value();
  rtp_to_ = rtp.value_or(net::Address());
  rtcp_to_.reset();
  if (!rtp) return;
  auto described = default_rtcp(spec_);
  if (spec_.rtcp_mux) {
    rtcp_to_ = rtp;
  } else if (rtcp_learned_ && rtcp_learned_->same_host(*rtp)) {
    rtcp_to_ = checked(rtcp_learned_);
  } else if (described.same_host(*rtp) || (!latch_.is_latched() && spec_.remote_rtcp.port != 0)) {
    rtcp_to_ = checked(described);
  } else {
    rtcp_to_ = checked(rtp->with_port(static_cast<std::uint16_t>(rtp->port + 1)));
  }
}

}  // namespace carillon::media

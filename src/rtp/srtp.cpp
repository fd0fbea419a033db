// SPDX-License-Identifier: GPL-3.0-or-later
// Indices and windows; the transform does the rest.
#include "rtp/srtp.hpp"

#include <algorithm>

#include "rtp/packet.hpp"

namespace carillon::rtp {

namespace {

constexpr std::size_t rtcp_header = 8;
constexpr std::uint64_t rtcp_index_max = 0x7fffffffU;

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t rtcp_source(std::span<const std::uint8_t> packet) {
  return std::uint32_t{packet[4]} << 24 | std::uint32_t{packet[5]} << 16 | std::uint32_t{packet[6]} << 8 | packet[7];
}

SrtpTransform make_transform(const SrtpKey& key, Channel channel) {
  return {key.profile, channel, derive_keys(key.profile, key.master, channel)};
}

}  // namespace

bool ReplayWindow::is_new(std::uint64_t index) const {
  if (is_empty_ || index > highest_) return true;
  const std::uint64_t age = highest_ - index;
  return age < 128 && (seen_[age / 64] >> (age % 64) & 1) == 0;
}

void ReplayWindow::add(std::uint64_t index) {
  if (is_empty_) {
    is_empty_ = false;
    highest_ = index;
    seen_ = {1, 0};
    return;
  }
  if (index <= highest_) {
    const std::uint64_t age = highest_ - index;
    if (age < 128) seen_[age / 64] |= std::uint64_t{1} << (age % 64);
    return;
  }
  const std::uint64_t by = index - highest_;
  highest_ = index;
  if (by >= 128) {
    seen_ = {1, 0};
  } else if (by >= 64) {
    seen_ = {1, seen_[0] << (by - 64)};
  } else {
    seen_ = {seen_[0] << by | 1, seen_[1] << by | seen_[0] >> (64 - by)};
  }
}

std::uint64_t guess_index(const ReplayWindow& window, std::uint16_t sequence) {
  if (window.is_empty()) return sequence;
  const std::uint64_t highest = window.highest();
  const auto ahead = static_cast<std::int16_t>(static_cast<std::uint16_t>(sequence - (highest & 0xffff)));
  if (ahead >= 0) return highest + static_cast<std::uint64_t>(ahead);
  const auto behind = static_cast<std::uint64_t>(-std::int32_t{ahead});
  // Before the first roll-over there is nothing to go back to: then it lies ahead.
  return behind <= highest ? highest - behind : highest + 0x10000 - behind;
}

SrtpSources::Source* SrtpSources::find(std::uint32_t ssrc) {
  const auto it = std::ranges::find(sources_, ssrc, &Source::ssrc);
  if (it == sources_.end()) return nullptr;
  it->used = ++uses_;
  return &*it;
}

SrtpSources::Source& SrtpSources::take(std::uint32_t ssrc) {
  if (Source* known = find(ssrc)) return *known;
  Source fresh{.ssrc = ssrc, .rtp = {}, .rtcp = {}, .used = ++uses_};
  if (!is_full()) return sources_.emplace_back(fresh);
  return *std::ranges::min_element(sources_, {}, &Source::used) = fresh;
}

SrtpSender::SrtpSender(const SrtpKey& key) : rtp_(make_transform(key, Channel::rtp)), rtcp_(make_transform(key, Channel::rtcp)) {}

SrtpSources::Source* SrtpSender::source_of(std::uint32_t ssrc) {
  if (SrtpSources::Source* const known = sources_.find(ssrc)) return known;
  return sources_.is_full() ? nullptr : &sources_.take(ssrc);
}

std::size_t SrtpSender::seal_rtp(std::span<std::uint8_t> buffer, std::size_t size) {
  const std::optional<Header> header = parse_header(text_of(buffer.first(size)));
  if (!header) return 0;
  SrtpSources::Source* const source = source_of(header->ssrc);
  if (!source) return 0;
  const std::uint64_t index = guess_index(source->rtp, header->sequence);
  if (!source->rtp.is_new(index)) return 0;
  source->rtp.add(index);
  return rtp_.seal(buffer, size, header->size, header->ssrc, index);
}

std::size_t SrtpSender::seal_rtcp(std::span<std::uint8_t> buffer, std::size_t size) {
  if (size < rtcp_header) return 0;
  SrtpSources::Source* const source = source_of(rtcp_source(buffer));
  if (!source) return 0;
  const std::uint64_t index = source->rtcp.is_empty() ? 1 : source->rtcp.highest() + 1;
  if (index > rtcp_index_max) return 0;
  source->rtcp.add(index);
  return rtcp_.seal(buffer, size, rtcp_header, rtcp_source(buffer), index);
}

SrtpReceiver::SrtpReceiver(const SrtpKey& key)
    : rtp_(make_transform(key, Channel::rtp)), rtcp_(make_transform(key, Channel::rtcp)) {}

std::optional<std::size_t> SrtpReceiver::open_rtp(std::span<const std::uint8_t> packet, std::span<std::uint8_t> plain,
                                                  bool may_begin_anew) {
  const std::optional<Header> header = parse_header(text_of(packet));
  if (!header) return std::nullopt;
  SrtpSources::Source* const known = sources_.find(header->ssrc);
  const ReplayWindow window = known ? known->rtp : ReplayWindow{};
  const std::uint64_t index = guess_index(window, header->sequence);
  if (window.is_new(index)) {
    if (const auto size = rtp_.open(packet, plain, header->size, header->ssrc, index)) {
      // Only what is authentic takes a place.
      (known ? *known : sources_.take(header->ssrc)).rtp.add(index);
      return size;
    }
  }
  if (!may_begin_anew || window.is_empty() || index == header->sequence) return std::nullopt;
  const auto size = rtp_.open(packet, plain, header->size, header->ssrc, header->sequence);
  if (!size) return std::nullopt;
  known->rtp = {};  // It is known, as its window has something.
  known->rtp.add(header->sequence);
  return size;
}

std::optional<std::size_t> SrtpReceiver::open_rtcp(std::span<const std::uint8_t> packet, std::span<std::uint8_t> plain) {
  const auto index = rtcp_.index_of_rtcp(packet);
  if (!index) return std::nullopt;
  const std::uint32_t ssrc = rtcp_source(packet);
  SrtpSources::Source* const known = sources_.find(ssrc);
  if (known && !known->rtcp.is_new(*index)) return std::nullopt;
  const auto size = rtcp_.open(packet, plain, rtcp_header, ssrc, *index);
  if (size) (known ? *known : sources_.take(ssrc)).rtcp.add(*index);
  return size;
}

}  // namespace carillon::rtp

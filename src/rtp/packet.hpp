// SPDX-License-Identifier: GPL-3.0-or-later
// Tells what arrived on a media port and reads the fixed header of an RTP packet, in a few instructions and without a copy.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::rtp {

enum class PacketKind : std::uint8_t { rtp, rtcp, other };

/// RFC 7983 §7: RTP and RTCP begin with 128..191. RFC 5761 §4: of those, a second byte of 192..223 is RTCP. Everything too short
/// is `other`.
inline PacketKind classify(std::string_view bytes) {
  if (bytes.size() < 8 || (static_cast<std::uint8_t>(bytes[0]) & 0xc0) != 0x80) return PacketKind::other;
  auto second = static_cast<std::uint8_t>(bytes[1]);
  if (second >= 192 && second <= 223) return PacketKind::rtcp;
  return bytes.size() >= 12 ? PacketKind::rtp : PacketKind::other;
}

/// RFC 3550 §5.1, without contributors and extension.
struct Header {
  std::uint8_t payload_type = 0;
  bool marker = false;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::size_t size = 0;  ///< Of the whole header, contributors and extension too: where the payload begins.
};

/// Nothing if the packet is shorter than its own contributor list and extension say.
inline std::optional<Header> parse_header(std::string_view bytes) {
  auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])); };
  auto word = [&](std::size_t i) { return at(i) << 24 | at(i + 1) << 16 | at(i + 2) << 8 | at(i + 3); };
  if (bytes.size() < 12) return std::nullopt;
  std::size_t length = 12 + 4 * (at(0) & 0x0f);
  if (at(0) & 0x10) {
    if (bytes.size() < length + 4) return std::nullopt;
    length += 4 + 4 * (at(length + 2) << 8 | at(length + 3));
  }
  if (bytes.size() < length) return std::nullopt;
  auto sequence = static_cast<std::uint16_t>(at(2) << 8 | at(3));
  return Header{static_cast<std::uint8_t>(at(1) & 0x7f), (at(1) & 0x80) != 0, sequence, word(4), word(8), length};
}

}  // namespace carillon::rtp

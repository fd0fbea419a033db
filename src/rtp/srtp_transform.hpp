// SPDX-License-Identifier: GPL-3.0-or-later
// What SRTP does to one packet whose index is known: keys from the master key, then sealing and opening (RFC 3711, 6188, 7714).
// OpenSSL does the arithmetic. Which index a packet has, and whether it came before, is srtp.hpp's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "rtp/srtp_profile.hpp"

namespace carillon::rtp {

/// How much longer a packet is at most once it is sealed: tag, and index of SRTCP.
inline constexpr std::size_t srtp_growth = 20;

/// RFC 3711 §4.3.1 with a key derivation rate of zero: for RTP, and for RTCP.
struct SessionKeys {
  std::array<std::uint8_t, 32> cipher{};
  std::array<std::uint8_t, 14> salt{};  ///< GCM takes 12 of them.
  std::array<std::uint8_t, 20> authentication{};
};
enum class Channel : std::uint8_t { rtp, rtcp };
SessionKeys derive_keys(SrtpProfile profile, std::string_view master, Channel channel);

/// Seals and opens packets of one direction and one channel. Not for two threads at once.
class SrtpTransform {
 public:
  SrtpTransform(SrtpProfile profile, Channel channel, const SessionKeys& keys);
  SrtpTransform(SrtpTransform&&) noexcept;
  SrtpTransform& operator=(SrtpTransform&&) noexcept;
  ~SrtpTransform();

  /// Seals the packet of `size` bytes at the begin of `buffer`, which has room for `srtp_growth` more. The index is 48 bits for
  /// RTP, 31 for RTCP. The new size.
  std::size_t seal(std::span<std::uint8_t> buffer, std::size_t size, std::size_t header, std::uint32_t ssrc, std::uint64_t index);

  /// Opens `packet` into `plain`, which is at least as large; the size of the plain packet, or nothing when it is not whole and
  /// authentic. SRTCP that is only signed is opened too (RFC 3711 §3.4).
  std::optional<std::size_t> open(std::span<const std::uint8_t> packet, std::span<std::uint8_t> plain, std::size_t header,
                                  std::uint32_t ssrc, std::uint64_t index);

  /// The 31 bits of index that an SRTCP packet carries in clear; nothing if it is too short.
  std::optional<std::uint32_t> index_of_rtcp(std::span<const std::uint8_t> packet) const;

 private:
  struct State;  ///< What OpenSSL holds.
  std::unique_ptr<State> state_;
};

}  // namespace carillon::rtp

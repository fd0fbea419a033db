// SPDX-License-Identifier: GPL-3.0-or-later
// The protection profiles of SRTP that we know, by the names that SDP has for them, and what both sides agree on.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::rtp {

/// Cipher and length of the tag. The order is that of preference.
enum class SrtpProfile : std::uint8_t {
  aes_256_gcm,
  aes_128_gcm,
  aes_256_sha1_80,
  aes_128_sha1_80,
  aes_256_sha1_32,
  aes_128_sha1_32,
};

struct SrtpSizes {
  std::string_view name;  ///< Of the crypto suite in a=crypto (RFC 4568, 6188, 7714).
  std::size_t key;
  std::size_t salt;
  std::size_t rtp_tag;
  std::size_t rtcp_tag;
  bool is_gcm;
};
inline constexpr std::array<SrtpSizes, 6> srtp_profiles = {{{"AEAD_AES_256_GCM", 32, 12, 16, 16, true},
                                                            {"AEAD_AES_128_GCM", 16, 12, 16, 16, true},
                                                            {"AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, false},
                                                            {"AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, false},
                                                            // RFC 4568 §6.2.2, RFC 6188 §3: SRTCP keeps the long tag.
                                                            {"AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, false},
                                                            {"AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, false}}};

constexpr const SrtpSizes& sizes_of(SrtpProfile profile) {
  return srtp_profiles[static_cast<std::size_t>(profile)];
}
/// Of master key and salt together, one behind the other as a=crypto and DTLS hand them over.
constexpr std::size_t master_size(SrtpProfile profile) {
  return sizes_of(profile).key + sizes_of(profile).salt;
}

/// What both sides agreed on for one direction. Secret: never logged.
struct SrtpKey {
  SrtpProfile profile = SrtpProfile::aes_128_sha1_80;
  std::string master;  ///< master_size() bytes.
  bool operator==(const SrtpKey&) const = default;
};

}  // namespace carillon::rtp

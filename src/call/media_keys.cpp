// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/media_keys.hpp"

#include <algorithm>

#include "base/id.hpp"

namespace carillon::call {

namespace {

std::string random_bytes(std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    std::uint64_t bits = random_bits();
    for (int i = 0; i < 8; ++i, bits >>= 8) bytes.push_back(static_cast<char>(bits & 0xff));
  }
  bytes.resize(size);
  return bytes;
}

/// What all telephones know first; those of 256 bits are for who wants them.
constexpr rtp::SrtpProfile offered_profiles[] = {rtp::SrtpProfile::aes_128_sha1_80, rtp::SrtpProfile::aes_256_sha1_80,
                                                 rtp::SrtpProfile::aes_128_sha1_32};

sdp::StreamSecurity first_offer(model::MediaEncryption wanted, std::size_t stream, MediaKeys& keys) {
  sdp::StreamSecurity security{.is_required = wanted == model::MediaEncryption::required, .keys = {}};
  if (wanted != model::MediaEncryption::optional && wanted != model::MediaEncryption::required) return security;
  std::uint32_t tag = 0;
  for (const rtp::SrtpProfile profile : offered_profiles) security.keys.push_back({++tag, keys.key_of(stream, profile)});
  return security;
}

}  // namespace

const rtp::SrtpKey* MediaKeys::find(std::size_t stream, rtp::SrtpProfile profile) const {
  const auto is_it = [&](const Key& each) { return each.stream == stream && each.key.profile == profile; };
  const auto known = std::ranges::find_if(keys_, is_it);
  return known == keys_.end() ? nullptr : &known->key;
}

const rtp::SrtpKey& MediaKeys::key_of(std::size_t stream, rtp::SrtpProfile profile) {
  if (const rtp::SrtpKey* known = find(stream, profile)) return *known;
  return keys_.emplace_back(stream, rtp::SrtpKey{profile, random_bytes(rtp::master_size(profile))}).key;
}

void MediaKeys::restore(const sdp::Session& ours) {
  for (std::size_t i = 0; i < ours.media.size(); ++i)
    for (sdp::Crypto& crypto : sdp::cryptos_of(ours.media[i])) keys_.emplace_back(i, std::move(crypto.key));
}

std::vector<sdp::StreamSecurity> security_towards(const sdp::OfferAnswer& session, model::MediaEncryption wanted,
                                                  std::size_t streams, MediaKeys& keys) {
  std::vector<sdp::StreamSecurity> result(streams);
  const sdp::Session* offer = session.offered();
  const sdp::Session* said = offer != nullptr ? offer : session.remote();
  for (std::size_t i = 0; i < streams; ++i) {
    if (said == nullptr || i >= said->media.size() || !said->media[i].is_active()) {
      if (offer == nullptr) result[i] = first_offer(wanted, i, keys);
      continue;
    }
    const auto crypto = sdp::find_crypto(said->media[i]);
    if (!crypto) continue;
    result[i].is_required = said->media[i].is_secure_rtp();
    result[i].keys.push_back({crypto->tag, keys.key_of(i, crypto->key.profile)});
  }
  return result;
}

}  // namespace carillon::call

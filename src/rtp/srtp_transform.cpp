// SPDX-License-Identifier: GPL-3.0-or-later
// A copied SHA_CTX costs nothing, where a duplicated EVP_MD_CTX allocates twice a packet: hence the older interface, in this file
// alone.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "rtp/srtp_transform.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstring>

#include "base/assert.hpp"

namespace carillon::rtp {

namespace {

using Iv = std::array<std::uint8_t, 16>;
using Tag = std::array<std::uint8_t, SHA_DIGEST_LENGTH>;
using Bytes = std::span<std::uint8_t>;
using View = std::span<const std::uint8_t>;

struct Release {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Release>;

Cipher make_cipher(const EVP_CIPHER* type, const std::uint8_t* key, bool seals) {
  Cipher cipher(EVP_CIPHER_CTX_new());
  CARILLON_ENSURE(cipher && EVP_CipherInit_ex(cipher.get(), type, nullptr, key, nullptr, seals ? 1 : 0) == 1);
  return cipher;
}

const EVP_CIPHER* counter_mode(std::size_t key_size) {
  return key_size == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
}

void put_word(std::uint8_t* at, std::uint32_t word) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(word >> (24 - 8 * i));
}

std::uint32_t word_at(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

/// XORs the key stream over `in`. Counter mode cannot fail once it has a key.
void crypt(EVP_CIPHER_CTX* cipher, const Iv& iv, View in, std::uint8_t* out) {
  int size = 0;
  CARILLON_ENSURE(EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, iv.data()) == 1);
  CARILLON_ENSURE(in.empty() || EVP_EncryptUpdate(cipher, out, &size, in.data(), static_cast<int>(in.size())) == 1);
}

constexpr std::uint32_t is_encrypted = 0x80000000U;

}  // namespace

SessionKeys derive_keys(SrtpProfile profile, std::string_view master, Channel channel) {
  const SrtpSizes& sizes = sizes_of(profile);
  CARILLON_ENSURE(master.size() == sizes.key + sizes.salt);
  const auto* key = reinterpret_cast<const std::uint8_t*>(master.data());
  const Cipher cipher = make_cipher(counter_mode(sizes.key), key, true);
  // RFC 3711 §4.3.3; RFC 7714 §11: a salt of 96 bits counts as 112 with zeros behind.
  const auto derive = [&](std::uint8_t label, Bytes out) {
    Iv iv{};
    std::memcpy(iv.data(), key + sizes.key, sizes.salt);
    iv[7] ^= label;
    const std::array<std::uint8_t, 32> zeros{};
    crypt(cipher.get(), iv, View(zeros).first(out.size()), out.data());
  };
  const std::uint8_t first = channel == Channel::rtp ? 0 : 3;
  SessionKeys keys;
  derive(first, Bytes(keys.cipher).first(sizes.key));
  derive(static_cast<std::uint8_t>(first + 1), keys.authentication);
  derive(static_cast<std::uint8_t>(first + 2), Bytes(keys.salt).first(sizes.salt));
  return keys;
}

struct SrtpTransform::State {
  State(SrtpProfile profile, Channel channel_of, const SessionKeys& keys)
      : sizes(sizes_of(profile)),
        channel(channel_of),
        tag_size(channel == Channel::rtp ? sizes.rtp_tag : sizes.rtcp_tag),
        salt(keys.salt) {
    if (sizes.is_gcm) {
      const EVP_CIPHER* type = sizes.key == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
      sealing = make_cipher(type, keys.cipher.data(), true);
      opening = make_cipher(type, keys.cipher.data(), false);
      return;
    }
    sealing = make_cipher(counter_mode(sizes.key), keys.cipher.data(), true);
    std::array<std::uint8_t, SHA_CBLOCK> block{};  // RFC 2104: HMAC is two hashes, each with the key's block before.
    const auto begin = [&](SHA_CTX& hash, std::uint8_t pad) {
      block.fill(pad);
      for (std::size_t i = 0; i < keys.authentication.size(); ++i) block[i] ^= keys.authentication[i];
      SHA1_Init(&hash);
      SHA1_Update(&hash, block.data(), block.size());
    };
    begin(inner, 0x36);
    begin(outer, 0x5c);
    OPENSSL_cleanse(block.data(), block.size());
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    OPENSSL_cleanse(&inner, sizeof inner);
    OPENSSL_cleanse(&outer, sizeof outer);
    OPENSSL_cleanse(salt.data(), salt.size());
  }

  /// RFC 3711 §4.1.1; RFC 7714 §8.1 and §9.1.
  Iv iv_of(std::uint32_t ssrc, std::uint64_t index) const {
    Iv iv{};
    const std::size_t at = sizes.is_gcm ? 2 : 4;
    put_word(&iv[at], ssrc);
    for (std::size_t i = 0; i < 6; ++i) iv[at + 4 + i] = static_cast<std::uint8_t>(index >> (40 - 8 * i));
    for (std::size_t i = 0; i < sizes.salt; ++i) iv[i] ^= salt[i];
    return iv;
  }

  /// `trailer` is what is signed behind the packet: the roll-over counter of RTP. The index of SRTCP stands in the packet.
  Tag tag_of(View packet, std::optional<std::uint32_t> trailer) const {
    SHA_CTX hash = inner;
    SHA1_Update(&hash, packet.data(), packet.size());
    if (trailer) {
      std::array<std::uint8_t, 4> word;
      put_word(word.data(), *trailer);
      SHA1_Update(&hash, word.data(), word.size());
    }
    Tag tag;
    SHA1_Final(tag.data(), &hash);
    hash = outer;
    SHA1_Update(&hash, tag.data(), tag.size());
    SHA1_Final(tag.data(), &hash);
    return tag;
  }

  std::size_t seal_gcm(Bytes buffer, std::size_t size, std::size_t header, const Iv& iv, std::uint32_t word) {
    EVP_CIPHER_CTX* cipher = sealing.get();
    int done = 0;
    CARILLON_ENSURE(EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, iv.data()) == 1);
    CARILLON_ENSURE(EVP_EncryptUpdate(cipher, nullptr, &done, buffer.data(), static_cast<int>(header)) == 1);
    if (channel == Channel::rtcp) {
      std::array<std::uint8_t, 4> behind;
      put_word(behind.data(), word);
      CARILLON_ENSURE(EVP_EncryptUpdate(cipher, nullptr, &done, behind.data(), 4) == 1);
    }
    std::uint8_t* payload = buffer.data() + header;
    CARILLON_ENSURE(EVP_EncryptUpdate(cipher, payload, &done, payload, static_cast<int>(size - header)) == 1);
    CARILLON_ENSURE(EVP_EncryptFinal_ex(cipher, payload, &done) == 1);
    CARILLON_ENSURE(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, 16, buffer.data() + size) == 1);
    return size + 16;
  }

  /// `packet` without the index of SRTCP.
  bool open_gcm(View packet, std::uint8_t* plain, std::size_t header, const Iv& iv, std::uint32_t word) {
    EVP_CIPHER_CTX* cipher = opening.get();
    const bool is_secret = channel == Channel::rtp || (word & is_encrypted) != 0;
    const std::size_t size = packet.size() - 16;
    int done = 0;
    std::array<std::uint8_t, 16> tag;
    std::memcpy(tag.data(), packet.data() + size, tag.size());
    CARILLON_ENSURE(EVP_DecryptInit_ex(cipher, nullptr, nullptr, nullptr, iv.data()) == 1);
    CARILLON_ENSURE(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, 16, tag.data()) == 1);
    const std::size_t signed_only = is_secret ? header : size;
    CARILLON_ENSURE(EVP_DecryptUpdate(cipher, nullptr, &done, packet.data(), static_cast<int>(signed_only)) == 1);
    if (channel == Channel::rtcp) {
      std::array<std::uint8_t, 4> behind;
      put_word(behind.data(), word);
      CARILLON_ENSURE(EVP_DecryptUpdate(cipher, nullptr, &done, behind.data(), 4) == 1);
    }
    std::memcpy(plain, packet.data(), signed_only);
    const auto secret = static_cast<int>(size - signed_only);
    if (secret > 0 && EVP_DecryptUpdate(cipher, plain + signed_only, &done, packet.data() + signed_only, secret) != 1)
      return false;
    return EVP_DecryptFinal_ex(cipher, plain + size, &done) == 1;
  }

  const SrtpSizes& sizes;
  Channel channel;
  std::size_t tag_size;
  std::array<std::uint8_t, 14> salt;
  SHA_CTX inner{};
  SHA_CTX outer{};
  Cipher sealing;  ///< In counter mode it opens, too.
  Cipher opening;  ///< Of GCM.
};

SrtpTransform::SrtpTransform(SrtpProfile profile, Channel channel, const SessionKeys& keys)
    : state_(std::make_unique<State>(profile, channel, keys)) {}
SrtpTransform::SrtpTransform(SrtpTransform&&) noexcept = default;
SrtpTransform& SrtpTransform::operator=(SrtpTransform&&) noexcept = default;
SrtpTransform::~SrtpTransform() = default;

std::size_t SrtpTransform::seal(Bytes buffer, std::size_t size, std::size_t header, std::uint32_t ssrc, std::uint64_t index) {
  State& s = *state_;
  CARILLON_ENSURE(header <= size && buffer.size() >= size + srtp_growth);
  const bool is_rtcp = s.channel == Channel::rtcp;
  const std::uint32_t word = is_encrypted | static_cast<std::uint32_t>(index);
  const Iv iv = s.iv_of(ssrc, index);
  if (s.sizes.is_gcm) {
    size = s.seal_gcm(buffer, size, header, iv, word);
    if (!is_rtcp) return size;
    put_word(&buffer[size], word);
    return size + 4;
  }
  crypt(s.sealing.get(), iv, buffer.subspan(header, size - header), &buffer[header]);
  if (is_rtcp) {
    put_word(&buffer[size], word);
    size += 4;
  }
  std::optional<std::uint32_t> roll_over;
  if (!is_rtcp) roll_over = static_cast<std::uint32_t>(index >> 16);
  const Tag tag = s.tag_of(buffer.first(size), roll_over);
  std::memcpy(&buffer[size], tag.data(), s.tag_size);
  return size + s.tag_size;
}

std::optional<std::uint32_t> SrtpTransform::index_of_rtcp(View packet) const {
  const std::size_t behind = state_->sizes.is_gcm ? 4 : 4 + state_->tag_size;
  if (packet.size() < 8 + 4 + state_->tag_size) return std::nullopt;
  return word_at(&packet[packet.size() - behind]) & ~is_encrypted;
}

std::optional<std::size_t> SrtpTransform::open(View packet, Bytes plain, std::size_t header, std::uint32_t ssrc,
                                               std::uint64_t index) {
  State& s = *state_;
  const bool is_rtcp = s.channel == Channel::rtcp;
  if (packet.size() < header + s.tag_size + (is_rtcp ? 4 : 0)) return std::nullopt;
  CARILLON_ENSURE(plain.size() >= packet.size());
  const Iv iv = s.iv_of(ssrc, index);
  if (s.sizes.is_gcm) {
    std::uint32_t word = 0;
    if (is_rtcp) {
      word = word_at(&packet[packet.size() - 4]);
      packet = packet.first(packet.size() - 4);
    }
    if (!s.open_gcm(packet, plain.data(), header, iv, word)) return std::nullopt;
    return packet.size() - 16;
  }
  const View body = packet.first(packet.size() - s.tag_size);
  std::optional<std::uint32_t> roll_over;
  if (!is_rtcp) roll_over = static_cast<std::uint32_t>(index >> 16);
  const Tag tag = s.tag_of(body, roll_over);
  if (CRYPTO_memcmp(tag.data(), &packet[body.size()], s.tag_size) != 0) return std::nullopt;
  const View whole = is_rtcp ? body.first(body.size() - 4) : body;
  std::memcpy(plain.data(), whole.data(), header);
  const bool is_secret = !is_rtcp || (word_at(&body[body.size() - 4]) & is_encrypted) != 0;
  if (is_secret) {
    crypt(s.sealing.get(), iv, whole.subspan(header), &plain[header]);
  } else {
    std::memcpy(&plain[header], &whole[header], whole.size() - header);
  }
  return whole.size();
}

}  // namespace carillon::rtp

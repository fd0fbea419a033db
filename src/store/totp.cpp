// SPDX-License-Identifier: GPL-3.0-or-later
// RFC 4226's truncation of an HMAC over RFC 6238's clock.
#include "store/totp.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>

#include "base/assert.hpp"

namespace carillon::store {
namespace {

constexpr Duration interval = 30s;
constexpr std::size_t key_bytes = 20;

bool is_same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._~").contains(c);  // RFC 3986 §2.3.
    if (is_plain)
      encoded += c;
    else
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace

std::int64_t totp_step(Instant now) {
  return now.time_since_epoch() / interval;
}

std::string totp_code(std::string_view key, std::int64_t step, int digits) {
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i) counter[i] = static_cast<unsigned char>(step >> (8 * (7 - i)));
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const auto* made = HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(), counter.size(), hash, &size);
  CARILLON_ASSERT(made != nullptr && size == 20);
  // RFC 4226 §5.3: the last four bits say where the 31 bits are taken.
  const unsigned at = hash[size - 1] & 0xfU;
  const std::uint32_t bits = (hash[at] & 0x7fU) << 24U | static_cast<std::uint32_t>(hash[at + 1]) << 16U |
                             static_cast<std::uint32_t>(hash[at + 2]) << 8U | hash[at + 3];
  std::uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i) modulus *= 10;
  return fmt::format("{:0{}}", bits % modulus, digits);
}

std::optional<std::int64_t> find_totp_step(std::string_view key, std::string_view code, Instant now, std::int64_t used) {
  // RFC 6238 §5.2: one interval of tolerance, and no code twice.
  std::optional<std::int64_t> found;
  for (const std::int64_t step : {totp_step(now) - 1, totp_step(now), totp_step(now) + 1}) {
    if (is_same(totp_code(key, step), code) && step > used) found = step;
  }
  return found;
}

Secret make_totp_key() {
  CARILLON_ASSERT(sodium_init() >= 0);
  std::string key(key_bytes, '\0');
  randombytes_buf(key.data(), key.size());
  return Secret(std::move(key));
}

std::string totp_key_text(std::string_view key) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : key) {
    bits = bits << 8U | static_cast<unsigned char>(byte);
    for (count += 8; count >= 5; count -= 5) text += letters[bits >> static_cast<unsigned>(count - 5) & 31U];
    bits &= 0xffU;
  }
  if (count > 0) text += letters[bits << static_cast<unsigned>(5 - count) & 31U];
  return text;
}

std::string totp_uri(std::string_view key, std::string_view issuer, std::string_view account) {
  return fmt::format("otpauth://totp/{0}:{1}?secret={2}&issuer={0}&algorithm=SHA1&digits=6&period=30", percent_encoded(issuer),
                     percent_encoded(account), totp_key_text(key));
}

}  // namespace carillon::store

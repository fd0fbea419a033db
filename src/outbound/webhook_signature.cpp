// SPDX-License-Identifier: GPL-3.0-or-later
#include "outbound/webhook_signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/base64.hpp"
#include "base/id.hpp"

namespace carillon::outbound {
namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t key_bytes_min = 24;
constexpr std::size_t key_bytes_max = 64;

std::optional<std::string> key_of(std::string_view secret) {
  if (!secret.starts_with(prefix)) return std::nullopt;
  auto key = from_base64(secret.substr(prefix.size()));
  if (key && (key->size() < key_bytes_min || key->size() > key_bytes_max)) return std::nullopt;
  return key;
}

}  // namespace

Secret make_webhook_secret() {
  std::string key;
  for (int word = 0; word < 4; ++word) {
    const std::uint64_t bits = random_bits();
    for (int byte = 0; byte < 8; ++byte) key += static_cast<char>(bits >> (8 * byte));
  }
  return Secret(std::string(prefix) + to_base64(key));
}

bool is_webhook_secret(std::string_view text) {
  return key_of(text).has_value();
}

std::optional<std::string> sign_webhook(const Secret& secret, std::string_view id, std::int64_t seconds, std::string_view body) {
  auto key = key_of(secret.reveal());
  if (!key) return std::nullopt;
  const std::string message = fmt::format("{}.{}.{}", id, seconds, body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const bool is_made =
      HMAC(EVP_sha256(), key->data(), static_cast<int>(key->size()), reinterpret_cast<const unsigned char*>(message.data()),
           message.size(), digest.data(), &size) != nullptr;
  OPENSSL_cleanse(key->data(), key->size());
  CARILLON_ASSERT(is_made);
  return "v1," + to_base64({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace carillon::outbound

// SPDX-License-Identifier: GPL-3.0-or-later
// libsodium's argon2id for people, OpenSSL's MD5 and SHA-256 for the digests that SIP prescribes.
#include "store/credentials.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include "base/assert.hpp"
#include "base/id.hpp"

namespace carillon::store {
namespace {

struct Argon2 {
  unsigned long long passes;
  std::size_t memory;
};

Argon2 parameters_of(HashCost cost) {
  if (cost == HashCost::demo) return {crypto_pwhash_argon2id_OPSLIMIT_MIN, crypto_pwhash_argon2id_MEMLIMIT_MIN};
  return {1, 46 << 20};
}

std::string hex_digest(const EVP_MD* algorithm, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CARILLON_ASSERT(EVP_Digest(text.data(), text.size(), digest, &size, algorithm, nullptr) == 1);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) fmt::format_to(std::back_inserter(hex), "{:02x}", digest[i]);
  return hex;
}

}  // namespace

Secret hash_password(std::string_view password, HashCost cost) {
  CARILLON_ASSERT(sodium_init() >= 0);
  const Argon2 argon2 = parameters_of(cost);
  char hash[crypto_pwhash_STRBYTES];
  const int result =
      crypto_pwhash_str_alg(hash, password.data(), password.size(), argon2.passes, argon2.memory, crypto_pwhash_ALG_ARGON2ID13);
  CARILLON_ASSERT(result == 0);  // It fails for want of memory alone.
  return Secret(std::string(hash));
}

bool verify_password(const Secret& hash, std::string_view password, HashCost cost) {
  CARILLON_ASSERT(sodium_init() >= 0);
  if (hash.reveal().starts_with("$argon2id$") && hash.reveal().size() < crypto_pwhash_STRBYTES) {
    return crypto_pwhash_str_verify(hash.reveal().c_str(), password.data(), password.size()) == 0;
  }
  static_cast<void>(hash_password(password, cost));
  return false;
}

bool is_of_other_cost(const Secret& hash, HashCost cost) {
  const Argon2 argon2 = parameters_of(cost);
  return crypto_pwhash_str_needs_rehash(hash.reveal().c_str(), argon2.passes, argon2.memory) == 1;
}

std::string generate_password() {
  constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyz23456789";
  std::string password;
  // 26 letters of 31: 128.8 bits.
  for (int i = 0; i < 26; ++i) password.push_back(letters[random_bits() % letters.size()]);
  return password;
}

std::string token_digest(std::string_view token) {
  return hex_digest(EVP_sha256(), token);
}

Ha1 digest_ha1(std::string_view name, std::string_view realm, std::string_view password) {
  const std::string text = fmt::format("{}:{}:{}", name, realm, password);
  return {Secret(hex_digest(EVP_md5(), text)), Secret(hex_digest(EVP_sha256(), text))};
}

}  // namespace carillon::store

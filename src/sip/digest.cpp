// SPDX-License-Identifier: GPL-3.0-or-later
// Hashes, nonces and the check of credentials: the server side of digest authentication.
#include "sip/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "base/assert.hpp"
#include "base/id.hpp"
#include "sip/scan.hpp"
#include "sip/uri.hpp"

namespace carillon::sip {
namespace {

constexpr std::size_t mac_bytes = 16;
constexpr std::size_t stamp_digits = 16;
constexpr std::size_t nonce_digits = stamp_digits + 2 * mac_bytes;
constexpr unsigned serial_bits = 20;  // Of a stamp: below the milliseconds, a serial number.

template <class T, void (*destroy)(T*)>
struct Destroy {
  void operator()(T* object) const { destroy(object); }
};
template <class T, void (*destroy)(T*)>
using Handle = std::unique_ptr<T, Destroy<T, destroy>>;

void put_hex(char* out, const unsigned char* bytes, std::size_t count) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < count; ++i) {
    *out++ = digits[bytes[i] >> 4U];
    *out++ = digits[bytes[i] & 15U];
  }
}

HexHash random_hex(std::uint8_t length) {
  HexHash hex;
  hex.length = length;
  for (std::size_t i = 0; i < length; i += 16) {
    const std::uint64_t bits = random_bits();
    put_hex(hex.characters.data() + i, reinterpret_cast<const unsigned char*>(&bits), sizeof bits);
  }
  return hex;
}

std::uint64_t milliseconds(Monotonic time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count()) / 1000;
}

/// RFC 7616 §3.4.6: the digest must be for the resource that is asked for. Parameters are left out of the comparison, since
/// phones drop them there; the account and the domain are what a captured answer could be turned against.
bool same_resource(std::string_view digest_uri, std::string_view request_uri) {
  if (digest_uri == request_uri) return true;
  const auto a = Uri::parse(digest_uri);
  const auto b = Uri::parse(request_uri);
  return a && b && same_account(*a, *b);
}

/// Which counts were used with which nonce. Four nonces a bucket; a bucket that is full of live ones forgets its oldest and from
/// then on takes nonces up to that age for stale, so that forgetting never opens a replay.
class NonceCounts {
 public:
  explicit NonceCounts(std::size_t capacity) : buckets_(std::bit_ceil(std::max<std::size_t>(capacity / 4, 1))) {}

  Verdict use(std::uint64_t stamp, std::uint32_t nc, std::uint64_t oldest_alive) {
    Bucket& bucket = buckets_[(stamp * 0x9e3779b97f4a7c15U) >> 32U & (buckets_.size() - 1)];
    const auto found = std::ranges::find(bucket.used, stamp, &Used::stamp);
    if (found != bucket.used.end()) return take(*found, nc);
    if (stamp <= bucket.forgotten) return Verdict::stale;
    Used& oldest = *std::ranges::min_element(bucket.used, {}, &Used::stamp);
    if (oldest.stamp >= oldest_alive) bucket.forgotten = std::max(bucket.forgotten, oldest.stamp);
    oldest = {.stamp = stamp, .seen = 1, .highest = nc};
    return Verdict::ok;
  }

 private:
  struct Used {
    std::uint64_t stamp = 0;
    std::uint64_t seen = 0;  ///< Bit n: count `highest - n` was used.
    std::uint32_t highest = 0;
  };
  struct Bucket {
    std::array<Used, 4> used;
    std::uint64_t forgotten = 0;
  };

  static Verdict take(Used& used, std::uint32_t nc) {
    constexpr std::uint32_t window = 64;
    if (nc > used.highest) {
      const std::uint32_t step = nc - used.highest;
      used.seen = (step < window ? used.seen << step : 0) | 1;
      used.highest = nc;
      return Verdict::ok;
    }
    const std::uint32_t back = used.highest - nc;
    if (back >= window || (used.seen >> back & 1) != 0) return Verdict::replay;
    used.seen |= std::uint64_t{1} << back;
    return Verdict::ok;
  }

  std::vector<Bucket> buckets_;
};

}  // namespace

HexHash to_hex(std::span<const std::uint8_t> hash) {
  CARILLON_ASSERT(hash.size() <= 32);
  HexHash hex;
  hex.length = static_cast<std::uint8_t>(2 * hash.size());
  put_hex(hex.characters.data(), hash.data(), hash.size());
  return hex;
}

struct Hasher::State {
  Handle<EVP_MD, EVP_MD_free> sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  Handle<EVP_MD, EVP_MD_free> md5{EVP_MD_fetch(nullptr, "MD5", nullptr)};
  Handle<EVP_MD_CTX, EVP_MD_CTX_free> sha256_context{EVP_MD_CTX_new()};
  Handle<EVP_MD_CTX, EVP_MD_CTX_free> md5_context{EVP_MD_CTX_new()};
  std::string joined;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  CARILLON_ASSERT(EVP_DigestInit_ex2(state_->sha256_context.get(), state_->sha256.get(), nullptr) == 1);
  CARILLON_ASSERT(EVP_DigestInit_ex2(state_->md5_context.get(), state_->md5.get(), nullptr) == 1);
}

Hasher::~Hasher() = default;

HexHash Hasher::operator()(Algorithm algorithm, std::initializer_list<std::string_view> parts) {
  std::string& joined = state_->joined;  // One update of the hash is much cheaper than one per part.
  joined.clear();
  for (std::string_view part : parts) {
    joined += part;
    joined += ':';
  }
  if (!joined.empty()) joined.pop_back();
  EVP_MD_CTX* context = (algorithm == Algorithm::sha256 ? state_->sha256_context : state_->md5_context).get();
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  CARILLON_ASSERT(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1);
  CARILLON_ASSERT(EVP_DigestUpdate(context, joined.data(), joined.size()) == 1);
  CARILLON_ASSERT(EVP_DigestFinal_ex(context, bytes.data(), &length) == 1 && length <= 32);
  return to_hex(std::span(bytes).first(length));
}

HexHash make_ha1(Hasher& hasher, Algorithm algorithm, std::string_view user, std::string_view realm, std::string_view password) {
  return hasher(algorithm, {user, realm, password});
}

struct Nonces::State {
  explicit State(std::size_t capacity) : counts(capacity) {
    std::size_t size = mac_bytes;
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
    CARILLON_ASSERT(EVP_MAC_CTX_set_params(mac.get(), params) == 1);
  }

  Handle<EVP_MAC, EVP_MAC_free> siphash{EVP_MAC_fetch(nullptr, "SIPHASH", nullptr)};
  Handle<EVP_MAC_CTX, EVP_MAC_CTX_free> mac{EVP_MAC_CTX_new(siphash.get())};
  std::array<std::uint64_t, 2> key{random_bits(), random_bits()};
  std::uint64_t last_stamp = 0;
  NonceCounts counts;
  std::string mac_input;
  HexHash dummy_sha256 = random_hex(64);
  HexHash dummy_md5 = random_hex(32);

  using Nonce = std::array<char, nonce_digits>;

  Nonce make(std::uint64_t stamp, Algorithm algorithm, std::string_view realm, std::string_view source) {
    Nonce nonce;
    std::array<unsigned char, 8> stamp_bytes;
    for (std::size_t i = 0; i < 8; ++i) stamp_bytes[i] = static_cast<unsigned char>(stamp >> (56 - 8 * i));
    put_hex(nonce.data(), stamp_bytes.data(), stamp_bytes.size());
    mac_input.assign(nonce.data(), stamp_digits);
    mac_input += algorithm == Algorithm::md5 ? 'm' : 's';
    mac_input += realm;
    mac_input += '\0';
    mac_input += source;
    std::size_t size = mac_bytes;
    std::array<unsigned char, mac_bytes> bytes;
    const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.data());
    const auto* input = reinterpret_cast<const unsigned char*>(mac_input.data());
    CARILLON_ASSERT(EVP_MAC_init(mac.get(), key_bytes, sizeof key, nullptr) == 1);
    CARILLON_ASSERT(EVP_MAC_update(mac.get(), input, mac_input.size()) == 1);
    CARILLON_ASSERT(EVP_MAC_final(mac.get(), bytes.data(), &size, bytes.size()) == 1 && size == mac_bytes);
    put_hex(nonce.data() + stamp_digits, bytes.data(), bytes.size());
    return nonce;
  }

  /// The stamp of a nonce that this object made for this realm, source and algorithm and that is still alive.
  std::optional<std::uint64_t> check(const Credentials& credentials, std::string_view source, Monotonic now) {
    if (credentials.nonce.size() != nonce_digits) return std::nullopt;
    std::uint64_t stamp = 0;
    for (char c : credentials.nonce.substr(0, stamp_digits)) {
      if (hex_value(c) < 0) return std::nullopt;
      stamp = stamp << 4U | static_cast<std::uint64_t>(hex_value(c));
    }
    const Nonce ours = make(stamp, credentials.algorithm, credentials.realm, source);
    if (CRYPTO_memcmp(ours.data(), credentials.nonce.data(), nonce_digits) != 0) return std::nullopt;
    const std::uint64_t age = milliseconds(now) - std::min(milliseconds(now), stamp >> serial_bits);
    return age <= static_cast<std::uint64_t>(life / 1ms) ? std::optional(stamp) : std::nullopt;
  }
};

Nonces::Nonces(std::size_t capacity) : state_(std::make_unique<State>(capacity)) {}

Nonces::~Nonces() = default;

void Nonces::challenge(Writer& writer, const ChallengeFor& what) {
  for (Algorithm algorithm : {Algorithm::sha256, Algorithm::md5}) {
    if (!(algorithm == Algorithm::md5 ? what.md5 : what.sha256)) continue;
    // A serial number below the time makes every nonce unique, also for phones behind one address.
    state_->last_stamp = std::max(state_->last_stamp + 1, milliseconds(what.now) << serial_bits);
    const auto nonce = state_->make(state_->last_stamp, algorithm, what.realm, what.source);
    writer.header(what.header, {R"(Digest realm=")", what.realm, R"(", nonce=")", std::string_view(nonce.data(), nonce.size()),
                                R"(", algorithm=)", algorithm == Algorithm::md5 ? "MD5" : "SHA-256", R"(, qop="auth")",
                                what.stale ? ", stale=true" : ""});
  }
}

Verdict Nonces::verify(const Credentials& credentials, const Ha1& ha1, std::string_view realm, const Request& request) {
  const bool is_md5 = credentials.algorithm == Algorithm::md5;
  const std::size_t digits = is_md5 ? 32 : 64;
  // RFC 7616 §3.4: qop was offered, so it must be used; without it there is no nonce count and no protection against replay.
  if (!credentials.has_qop || credentials.nc == 0 || credentials.cnonce.empty() || credentials.response.size() != digits) {
    return Verdict::malformed;
  }
  const std::string_view secret = is_md5 ? ha1.md5 : ha1.sha256;
  const Ha1 nobody = dummy();
  const std::string_view used = !secret.empty() ? secret : is_md5 ? nobody.md5 : nobody.sha256;
  const HexHash ha2 = hasher_(credentials.algorithm, {request.method, credentials.uri});
  const HexHash expected =
      hasher_(credentials.algorithm, {used, credentials.nonce, credentials.nc_text, credentials.cnonce, "auth", ha2.view()});
  const bool right = CRYPTO_memcmp(expected.characters.data(), credentials.response.data(), digits) == 0;
  if (credentials.realm != realm) return Verdict::wrong;
  // Before the password: whoever sends from a forged address never saw a nonce of ours, and must not fail in its name (T-21).
  const auto stamp = state_->check(credentials, request.source, request.now);
  if (!stamp) return Verdict::stale;
  if (!right || secret.empty() || !same_resource(credentials.uri, request.uri)) return Verdict::wrong;
  const std::uint64_t oldest_ms =
      milliseconds(request.now) - std::min(milliseconds(request.now), static_cast<std::uint64_t>(life / 1ms));
  return state_->counts.use(*stamp, credentials.nc, oldest_ms << serial_bits);
}

Ha1 Nonces::dummy() const {
  return {.sha256 = state_->dummy_sha256.view(), .md5 = state_->dummy_md5.view()};
}

}  // namespace carillon::sip

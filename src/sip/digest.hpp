// SPDX-License-Identifier: GPL-3.0-or-later
// Digest access authentication (RFC 7616, RFC 8760) for both sides: stateless nonces that are bound to time, realm and source, a
// bounded memory of used nonce counts against replay, and the answers to others' challenges.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sip/fault.hpp"
#include "sip/header_id.hpp"
#include "sip/message.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {

enum class Algorithm : std::uint8_t { sha256, md5 };

/// Lower-case hex of a hash, in place: 64 characters for SHA-256, 32 for MD5.
struct HexHash {
  std::array<char, 64> characters{};
  std::uint8_t length = 0;
  std::string_view view() const { return {characters.data(), length}; }
};

/// Of the 16 bytes of an MD5 or the 32 of a SHA-256.
HexHash to_hex(std::span<const std::uint8_t> hash);

/// Hashes with contexts that are made once and reused. Not thread-safe: one per shard.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  /// The hash of the parts joined by ':'.
  HexHash operator()(Algorithm algorithm, std::initializer_list<std::string_view> parts);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What an account's password is kept as: H(user:realm:password) per algorithm, lower-case hex. Empty = that algorithm is not
/// allowed.
struct Ha1 {
  std::string_view sha256;
  std::string_view md5;
};

HexHash make_ha1(Hasher& hasher, Algorithm algorithm, std::string_view user, std::string_view realm, std::string_view password);

/// An Authorization or Proxy-Authorization value. Views into its text, quotes removed.
struct Credentials {
  std::string_view user, realm, nonce, uri, response, cnonce, nc_text, opaque;
  Algorithm algorithm = Algorithm::md5;  ///< MD5 when the parameter is absent (RFC 7616 §3.4).
  std::uint32_t nc = 0;
  bool has_qop = false;  ///< qop=auth. Any other qop is refused.

  static Result<Credentials> parse(std::string_view value);
  /// Whether the scheme is Digest, which is all that we know.
  static bool is_digest(std::string_view value);
};

/// The credentials for one realm among those of a request; malformed ones and other schemes count as absent. `header` is
/// authorization or proxy_authorization.
std::optional<Credentials> find_credentials(const Message& request, HeaderId header, std::string_view realm);

enum class Verdict : std::uint8_t {
  ok,
  stale,      ///< The nonce is too old, not ours, or from another source, whatever the password: challenge again, stale=true.
  replay,     ///< Right password, nonce count already used: challenge again with stale=true, count it.
  wrong,      ///< Wrong password, unknown user, other realm, or the digest is for another URI.
  malformed,  ///< No qop though it was offered, or values that cannot be.
};

/// Makes challenges and checks answers. One per shard; keys are random per object, so nonces of an earlier run are stale.
class Nonces {
 public:
  static constexpr Duration life = 120s;  ///< Of a nonce, and of the counts used with it.

  /// Remembers the counts of about `capacity` nonces; when more are alive, the oldest become stale early, never replayable.
  explicit Nonces(std::size_t capacity = 65536);
  ~Nonces();

  struct Request {
    std::string_view method;  ///< As in the request line.
    std::string_view uri;     ///< The Request-URI, as written.
    std::string_view
        source;  ///< What the nonce is bound to, the same text at challenge and answer: the peer's address, without port.
    Monotonic now;
  };

  struct ChallengeFor {
    HeaderId header = HeaderId::www_authenticate;  ///< Or proxy_authenticate.
    std::string_view realm;
    std::string_view source;
    Monotonic now;
    bool stale = false;
    bool sha256 = true;
    bool md5 = true;
  };

  /// Writes one header line per algorithm, SHA-256 first (RFC 8760 §2.4), each with a nonce of its own.
  void challenge(Writer& writer, const ChallengeFor& what);

  /// Checks credentials against an account of `realm`. For an unknown user pass dummy(): it costs the same and is never ok.
  Verdict verify(const Credentials& credentials, const Ha1& ha1, std::string_view realm, const Request& request);

  /// A secret that nobody knows.
  Ha1 dummy() const;

  Hasher& hasher() { return hasher_; }

 private:
  struct State;
  Hasher hasher_;
  std::unique_ptr<State> state_;
};

/// A WWW-Authenticate or Proxy-Authenticate value. Views into its text, quotes removed.
struct Challenge {
  std::string_view realm, nonce, opaque;
  Algorithm algorithm = Algorithm::md5;
  bool qop_auth = false;
  bool stale = false;

  /// Fails with bad_challenge for another scheme or an algorithm that is not ours.
  static Result<Challenge> parse(std::string_view value);
};

/// Who answers a challenge: a password, or the HA1 of the challenge's algorithm when the password is empty.
struct Login {
  std::string_view user;
  std::string_view password;
  Ha1 ha1;
};

struct AnswerFor {
  std::string_view method;
  std::string_view uri;
  std::string_view cnonce;  ///< Fresh random text.
  std::uint32_t nc = 1;
};

/// The Authorization value that answers a challenge. Fails with bad_challenge when the login has nothing for its algorithm.
Result<std::string> answer(Hasher& hasher, const Challenge& challenge, const Login& login, const AnswerFor& request);

/// The first challenge of a 401 or 407 that we can answer (RFC 8760 §2.4: the server's order is its preference); of this realm,
/// if one is given.
Result<Challenge> choose_challenge(const Message& response, std::string_view realm = {});

}  // namespace carillon::sip

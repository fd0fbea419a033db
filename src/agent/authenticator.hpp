// SPDX-License-Identifier: GPL-3.0-or-later
// Who is it? Digest authentication of requests, with the same answer and the same work for accounts that exist and those that
// don't (reliability T-01), and patience that ends (T-02).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/password_guard.hpp"
#include "base/log.hpp"
#include "sip/digest.hpp"

namespace carillon::agent {

class Agent;
struct Incoming;

/// The secrets of accounts, as the directory has them at this moment.
class Secrets {
 public:
  /// HA1 of either algorithm, as bytes. Valid as long as the directory is.
  struct Secret {
    std::span<const std::uint8_t> md5;
    std::span<const std::uint8_t> sha256;
  };
  /// Nothing for an unknown realm or user.
  virtual std::optional<Secret> find_secret(std::string_view realm, std::string_view user) const = 0;

 protected:
  ~Secrets() = default;
};

/// What challenges offer. RFC 8760 §2.4 wants SHA-256 and MD5 side by side, but baresip 1.0 and SIPp 3.6 give up at the sight of
/// the former (and many telephones with them), so MD5 alone is the default. Credentials of either kind are accepted.
enum class DigestOffer : std::uint8_t { md5, sha256_and_md5, sha256 };

class Authenticator {
 public:
  /// `remembered`: nonces, and whatever PasswordGuard counts by.
  Authenticator(Agent& agent, const Secrets& secrets, DigestOffer offer, std::size_t remembered)
      : agent_(agent), secrets_(secrets), offer_(offer), nonces_(remembered), guard_(remembered) {}

  enum class Claim : std::uint8_t {
    refused,   ///< It has been answered (401, or 407 for anything but REGISTER; 403 for a wrong password) or dropped.
    proven,    ///< The request comes from that account.
    repeated,  ///< So does a REGISTER, but its credentials were used before: a retransmission, or a replay.
  };
  /// Whether the request comes from `user` of `realm`. A user that differs from the credentials' is refused.
  Claim authenticate(const Incoming& incoming, std::string_view realm, std::string_view user);
  /// Answers a `repeated` REGISTER that nobody remembers: same password, fresh nonce.
  void challenge_again(const Incoming& incoming, std::string_view realm) { challenge(incoming, realm, true); }

  PasswordGuard& guard() { return guard_; }

 private:
  void challenge(const Incoming& incoming, std::string_view realm, bool is_stale);
  Claim judge(const Incoming& incoming, const sip::Credentials& credentials, std::string_view realm, std::string_view user);

  Agent& agent_;
  const Secrets& secrets_;
  DigestOffer offer_;
  sip::Nonces nonces_;
  PasswordGuard guard_;
  log::SourceLimit failure_log_;
};

}  // namespace carillon::agent

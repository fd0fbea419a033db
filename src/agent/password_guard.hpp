// SPDX-License-Identifier: GPL-3.0-or-later
// Guessing a SIP password must not pay, and pretending to guess must not lock anybody out (reliability T-02, T-21). Failures are
// counted at three keys: account and source, source, account. Only failures that echo a nonce bound to their source count, so
// they can't be forged.
#pragma once

#include <optional>
#include <string_view>

#include "agent/ban_list.hpp"
#include "agent/recent_table.hpp"

namespace carillon::agent {

class PasswordGuard {
 public:
  enum class Verdict {
    allow,   ///< Verify the password.
    refuse,  ///< Answer as to a wrong password, without looking at it.
    drop     ///< Say nothing.
  };

  explicit PasswordGuard(std::size_t capacity = 65536) : counts_(capacity), proven_(capacity) {}

  /// Which account is tried from where: the keys of the counters, hashed once for a request.
  struct Attempt {
    Attempt(std::string_view user, std::string_view realm, const net::Address& from)
        : account(mix(text_key(realm), text_key(user))), source(source_key(from)), pair(mix(account, source)), port(from.port) {}
    std::uint64_t account;
    std::uint64_t source;
    std::uint64_t pair;
    std::uint16_t port;
  };

  /// May this be tried now? The address and port that proved itself for the account within a day always may. Others behind the
  /// same address wait after their own failures, at most 64 s, and are never banned for the account: one of them is its phone.
  Verdict check(const Attempt& attempt, Monotonic now);

  static constexpr Duration ban_time = 12h;  ///< Also how long failures are remembered.

  /// What this failure made a ban of; nothing when none began.
  std::optional<Ban::Reason> failed(const Attempt& attempt, Monotonic now);
  void succeeded(const Attempt& attempt, Monotonic now);

  /// Forgets what is counted of the source or account (an operator's decision).
  void forgive(const Attempt& attempt, Ban::Reason reason);

 private:
  static constexpr std::uint64_t pair_salt = 1;
  static constexpr std::uint64_t source_salt = 2;
  static constexpr std::uint64_t account_salt = 3;
  struct Failures {
    std::uint32_t count = 0;
    Monotonic since{};  ///< Of the first that counts.
    Monotonic blocked_until{};
  };
  bool is_blocked(std::uint64_t key, Monotonic now);
  /// One more failure of this key; those of more than half a day ago are forgotten. The reference is good until the next call.
  Failures& count(std::uint64_t key, Monotonic now);
  static bool end_patience(Failures& failures, std::uint32_t limit, Monotonic now);

  struct Proof {
    Monotonic at{};
    std::uint16_t port = 0;
    bool has_failures = false;  ///< Since then, so `counts_` holds some of the pair.
  };
  RecentTable<Failures> counts_;
  RecentTable<Proof> proven_;
};

}  // namespace carillon::agent

// SPDX-License-Identifier: GPL-3.0-or-later
// Guessing a SIP password must not pay, and pretending to guess must not lock anybody out (reliability T-02, T-21). Failures are
// counted at three keys: account and source, source, account. Only failures that echo a nonce bound to their source count, so
// they can't be forged.
#pragma once

#include <string_view>

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

  /// May this source try this account now? A source that proved itself for the account within a day always may.
  Verdict check(std::string_view account, const net::Address& source, Monotonic now);

  /// Returns true when this failure made a ban begin.
  bool failed(std::string_view account, const net::Address& source, Monotonic now);
  void succeeded(std::string_view account, const net::Address& source, Monotonic now);

  /// Lifts every ban that concerns the source (an operator's decision).
  void forgive(const net::Address& source) { counts_.erase(mix(source_salt, source_key(source))); }

 private:
  static constexpr std::uint64_t pair_salt = 1;
  static constexpr std::uint64_t source_salt = 2;
  static constexpr std::uint64_t account_salt = 3;
  struct Failures {
    std::uint32_t count = 0;
    Monotonic blocked_until{};
  };
  bool count(std::uint64_t key, std::uint32_t limit, Monotonic now);

  RecentTable<Failures> counts_;
  RecentTable<Monotonic> proven_;
};

}  // namespace carillon::agent

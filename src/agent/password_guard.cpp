// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/password_guard.hpp"

#include <algorithm>

namespace carillon::agent {

namespace {

constexpr std::uint32_t pair_limit = 20;      ///< Failures of one source on one account before its ban.
constexpr std::uint32_t source_limit = 100;   ///< Of one source on any accounts: an office behind one address has many phones.
constexpr std::uint32_t account_limit = 200;  ///< On one account from anywhere.
constexpr std::uint32_t patience = 5;         ///< Failures before answers slow down.
constexpr Duration ban = 12h;
constexpr Duration proof_life = 24h;

}  // namespace

PasswordGuard::Verdict PasswordGuard::check(const Attempt& attempt, Monotonic now) {
  if (const Proof* proof = proven_.find(attempt.pair); proof != nullptr && now - proof->at < proof_life) return Verdict::allow;
  const auto is_blocked = [&](std::uint64_t key) {
    const Failures* failures = counts_.find(key);
    return failures != nullptr && now < failures->blocked_until;
  };
  if (is_blocked(mix(source_salt, attempt.source))) return Verdict::drop;
  if (const Failures* failures = counts_.find(mix(pair_salt, attempt.pair)); failures != nullptr && now < failures->blocked_until)
    return failures->count >= pair_limit ? Verdict::drop : Verdict::refuse;
  return is_blocked(mix(account_salt, attempt.account)) ? Verdict::refuse : Verdict::allow;
}

bool PasswordGuard::failed(const Attempt& attempt, Monotonic now) {
  const bool pair_banned = count(mix(pair_salt, attempt.pair), pair_limit, now);
  const bool source_banned = count(mix(source_salt, attempt.source), source_limit, now);
  const bool account_banned = count(mix(account_salt, attempt.account), account_limit, now);
  if (Proof* proof = proven_.find(attempt.pair)) proof->has_failures = true;
  return pair_banned || source_banned || account_banned;
}

bool PasswordGuard::count(std::uint64_t key, std::uint32_t limit, Monotonic now) {
  Failures& failures = counts_.at(key, now);
  ++failures.count;
  if (failures.count == limit) {
    failures.blocked_until = now + ban;
    return true;
  }
  // Between patience and the limit of a pair each failure doubles the wait: 1 s, 2 s, 4 s … 64 s.
  if (limit == pair_limit && failures.count >= patience && failures.count < limit)
    failures.blocked_until = now + 1s * (1 << std::min<std::uint32_t>(failures.count - patience, 6));
  if (failures.count > limit && now >= failures.blocked_until) failures.count = 0;
  return false;
}

void PasswordGuard::succeeded(const Attempt& attempt, Monotonic now) {
  Proof& proof = proven_.at(attempt.pair, now);
  const bool is_first = proof.at == Monotonic{};
  if (is_first || proof.has_failures) counts_.erase(mix(pair_salt, attempt.pair));
  proof = {.at = now};
}

}  // namespace carillon::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/password_guard.hpp"

#include <algorithm>

namespace carillon::agent {

namespace {

constexpr std::uint32_t pair_limit = 20;      ///< Failures of one source on one account before its ban.
constexpr std::uint32_t source_limit = 100;   ///< Of one source on any accounts: an office behind one address has many phones.
constexpr std::uint32_t account_limit = 200;  ///< On one account from anywhere.
constexpr std::uint32_t patience = 5;         ///< Failures before answers slow down.
constexpr Duration proof_life = 24h;

}  // namespace

bool PasswordGuard::is_blocked(std::uint64_t key, Monotonic now) {
  const Failures* failures = counts_.find(key);
  return failures != nullptr && now < failures->blocked_until;
}

PasswordGuard::Verdict PasswordGuard::check(const Attempt& attempt, Monotonic now) {
  const Proof* proof = proven_.find(attempt.pair);
  const bool is_proven = proof != nullptr && now - proof->at < proof_life;
  if (is_proven && proof->port == attempt.port) return Verdict::allow;
  if (!is_proven && is_blocked(mix(source_salt, attempt.source), now)) return Verdict::drop;
  if (const Failures* failures = counts_.find(mix(pair_salt, attempt.pair)); failures != nullptr && now < failures->blocked_until)
    return !is_proven && failures->count >= pair_limit ? Verdict::drop : Verdict::refuse;
  return !is_proven && is_blocked(mix(account_salt, attempt.account), now) ? Verdict::refuse : Verdict::allow;
}

std::optional<Ban::Reason> PasswordGuard::failed(const Attempt& attempt, Monotonic now) {
  Proof* proof = proven_.find(attempt.pair);
  const bool is_proven = proof != nullptr && now - proof->at < proof_life;
  if (proof != nullptr) proof->has_failures = true;
  Failures& of_pair = count(mix(pair_salt, attempt.pair), now);
  // From patience on each failure doubles the wait: 1 s, 2 s, 4 s … 64 s.
  if (of_pair.count >= patience) of_pair.blocked_until = now + 1s * (1 << std::min<std::uint32_t>(of_pair.count - patience, 6));
  std::optional<Ban::Reason> ban;
  if (!is_proven && end_patience(of_pair, pair_limit, now)) ban = Ban::Reason::password;
  if (end_patience(count(mix(account_salt, attempt.account), now), account_limit, now)) ban = Ban::Reason::account;
  if (end_patience(count(mix(source_salt, attempt.source), now), source_limit, now)) ban = Ban::Reason::source;
  return ban;
}

void PasswordGuard::forgive(const Attempt& attempt, Ban::Reason reason) {
  if (reason == Ban::Reason::password) counts_.erase(mix(pair_salt, attempt.pair));
  if (reason == Ban::Reason::source) counts_.erase(mix(source_salt, attempt.source));
  if (reason == Ban::Reason::account) counts_.erase(mix(account_salt, attempt.account));
}

PasswordGuard::Failures& PasswordGuard::count(std::uint64_t key, Monotonic now) {
  Failures& failures = counts_.at(key, now);
  if (failures.count == 0 || now - failures.since >= ban_time) failures = {.since = now};
  ++failures.count;
  return failures;
}

bool PasswordGuard::end_patience(Failures& failures, std::uint32_t limit, Monotonic now) {
  if (failures.count == limit) failures.blocked_until = now + ban_time;
  return failures.count == limit;
}

void PasswordGuard::succeeded(const Attempt& attempt, Monotonic now) {
  Proof& proof = proven_.at(attempt.pair, now);
  const bool is_first = proof.at == Monotonic{};
  if (is_first || proof.has_failures) counts_.erase(mix(pair_salt, attempt.pair));
  proof = {.at = now, .port = attempt.port};
}

}  // namespace carillon::agent

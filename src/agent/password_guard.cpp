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

std::uint64_t pair_key(std::string_view account, const net::Address& source) {
  return mix(text_key(account), source_key(source));
}

}  // namespace

PasswordGuard::Verdict PasswordGuard::check(std::string_view account, const net::Address& source, Monotonic now) {
  const std::uint64_t pair = pair_key(account, source);
  if (const Monotonic* proof = proven_.find(pair); proof != nullptr && now - *proof < proof_life) return Verdict::allow;
  const auto is_blocked = [&](std::uint64_t key) {
    const Failures* failures = counts_.find(key);
    return failures != nullptr && now < failures->blocked_until;
  };
  if (is_blocked(mix(source_salt, source_key(source)))) return Verdict::drop;
  if (const Failures* failures = counts_.find(mix(pair_salt, pair)); failures != nullptr && now < failures->blocked_until)
    return failures->count >= pair_limit ? Verdict::drop : Verdict::refuse;
  return is_blocked(mix(account_salt, text_key(account))) ? Verdict::refuse : Verdict::allow;
}

bool PasswordGuard::failed(std::string_view account, const net::Address& source, Monotonic now) {
  const std::uint64_t pair = pair_key(account, source);
  const bool pair_banned = count(mix(pair_salt, pair), pair_limit, now);
  const bool source_banned = count(mix(source_salt, source_key(source)), source_limit, now);
  const bool account_banned = count(mix(account_salt, text_key(account)), account_limit, now);
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

void PasswordGuard::succeeded(std::string_view account, const net::Address& source, Monotonic now) {
  const std::uint64_t pair = pair_key(account, source);
  proven_.at(pair, now) = now;
  counts_.erase(mix(pair_salt, pair));
}

}  // namespace carillon::agent

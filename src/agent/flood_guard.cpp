// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/flood_guard.hpp"

#include <algorithm>

namespace carillon::agent {

FloodGuard::Verdict FloodGuard::admit(const net::Address& source, bool is_trusted, Monotonic now) {
  if (limits_.requests == 0) return Verdict::admit;
  Count& count = sources_.at(source_key(source), now);
  if (now < count.silent_until) return Verdict::silenced;
  if (count.requests == 0 || now - count.window_start >= limits_.window) {
    count.window_start = now;
    count.requests = 0;
  }
  const std::uint64_t cap = std::uint64_t{limits_.requests} * (is_trusted ? limits_.trusted_factor : 1);
  if (++count.requests <= cap) return Verdict::admit;
  count.silent_until = now + limits_.silence;
  count.requests = 0;
  return Verdict::now_silenced;
}

void FloodGuard::refund(const net::Address& source) {
  constexpr std::uint32_t spent = 2;
  if (Count* count = sources_.find(source_key(source))) count->requests -= std::min(count->requests, spent);
}

}  // namespace carillon::agent

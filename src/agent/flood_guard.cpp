// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/flood_guard.hpp"

namespace carillon::agent {

FloodGuard::Verdict FloodGuard::admit(const net::Address& source, bool is_trusted, Monotonic now) {
  if (limits_.requests == 0) return Verdict::admit;
  Count& count = sources_.at(source_key(source), now);
  if (now < count.silent_until) return Verdict::silenced;
  if (count.requests == 0 || now - count.window_start >= limits_.window) {
    count.window_start = now;
    count.requests = 0;
  }
  const std::uint64_t cap =
      std::uint64_t{limits_.requests} * (is_trusted || now < count.trusted_until ? limits_.trusted_factor : 1);
  if (++count.requests <= cap) return Verdict::admit;
  count.silent_until = now + limits_.silence;
  count.requests = 0;
  return Verdict::now_silenced;
}

bool FloodGuard::trust(const net::Address& source, Monotonic now) {
  constexpr Duration trust_time = 24h;
  if (limits_.requests == 0) return false;
  Count& count = sources_.at(source_key(source), now);
  const bool is_news = count.trusted_until - now < trust_time / 2;
  count.trusted_until = now + trust_time;
  return is_news;
}

}  // namespace carillon::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#include "outbound/retry_schedule.hpp"

namespace carillon::outbound {
namespace {

/// Before each attempt but the first, which is made at once.
constexpr Duration waits[] = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
static_assert(std::size(waits) + 1 == webhook_attempts_max);

}  // namespace

std::optional<Duration> webhook_retry_after(int failed_attempts, std::uint64_t random) {
  if (failed_attempts < 1 || failed_attempts >= webhook_attempts_max) return std::nullopt;
  const Duration wait = waits[failed_attempts - 1];
  constexpr std::uint64_t steps = 1000;
  return wait + wait / 10 * static_cast<std::int64_t>(random % steps) / static_cast<std::int64_t>(steps);
}

}  // namespace carillon::outbound

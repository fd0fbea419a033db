// SPDX-License-Identifier: GPL-3.0-or-later
// Back-off over the deaths of the last minute.
#include "roles/supervisor/restart_policy.hpp"

#include <algorithm>

namespace carillon::roles {

Duration RestartPolicy::died(Monotonic now) {
  std::erase_if(deaths_, [&](Monotonic death) { return death + memory <= now; });
  deaths_.push_back(now);
  if (deaths_.size() == 1) return Duration::zero();
  Duration wait = first_wait;
  for (std::size_t n = 2; n < deaths_.size() && wait < longest_wait; ++n) wait *= 2;
  return std::min(wait, longest_wait);
}

bool RestartPolicy::is_unstable(Monotonic now) const {
  return static_cast<std::size_t>(std::ranges::count_if(deaths_, [&](Monotonic death) { return death + memory > now; })) >=
         too_many;
}

}  // namespace carillon::roles

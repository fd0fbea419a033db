// SPDX-License-Identifier: GPL-3.0-or-later
// How soon a role that died is started again: at once the first time, then later and later, and never so often that the machine
// has nothing else to do.
#pragma once

#include <vector>

#include "base/time.hpp"

namespace carillon::roles {

class RestartPolicy {
 public:
  static constexpr Duration first_wait = 200ms;  ///< Before the second start within a minute; doubled for each further one.
  static constexpr Duration longest_wait = 5s;
  static constexpr Duration memory = 60s;
  static constexpr std::size_t too_many = 3;  ///< Deaths within `memory` that make the node unready.

  /// Notes a death; returns how long to wait before the next start.
  Duration died(Monotonic now);
  /// Three deaths in a minute.
  bool is_unstable(Monotonic now) const;

 private:
  std::vector<Monotonic> deaths_;  ///< Of the last minute; bounded by longest_wait.
};

}  // namespace carillon::roles

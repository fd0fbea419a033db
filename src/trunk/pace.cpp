// SPDX-License-Identifier: GPL-3.0-or-later
// Seconds that have passed are emptied when the window moves over them.
#include "trunk/pace.hpp"

#include <algorithm>
#include <chrono>

namespace carillon::trunk {

namespace {

std::int64_t second_of(Monotonic now) {
  return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace

bool Pace::take(std::uint32_t most, Monotonic now) {
  move_to(now);
  if (sum_ >= most) return false;
  ++begun_[static_cast<std::size_t>(second_) % seconds];
  ++sum_;
  return true;
}

bool Pace::is_idle(Monotonic now) const {
  return sum_ == 0 || second_of(now) - second_ >= static_cast<std::int64_t>(seconds);
}

void Pace::move_to(Monotonic now) {
  const std::int64_t second = second_of(now);
  const std::int64_t last = std::min(second, second_ + static_cast<std::int64_t>(seconds));
  for (std::int64_t each = second_ + 1; each <= last; ++each) {
    std::uint32_t& oldest = begun_[static_cast<std::size_t>(each) % seconds];
    sum_ -= oldest;
    oldest = 0;
  }
  second_ = std::max(second, second_);
}

}  // namespace carillon::trunk

// SPDX-License-Identifier: GPL-3.0-or-later
// The virtual clock: it jumps from one due turn to the next.
#include "support/virtual_loop.hpp"

#include <algorithm>

namespace carillon::test {
namespace {

constexpr Instant wall_at_zero = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 9h;

}  // namespace

Instant VirtualLoop::wall() const {
  return wall_at_zero + now_.time_since_epoch() + wall_offset_;
}

void VirtualLoop::post(Work work) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(work));
  posted_condition_.notify_one();
}

void VirtualLoop::run_until(Monotonic when) {
  while (true) {
    take_posted();
    const Monotonic next = has_queued() ? now_ : std::max(now_, timers().next_due());
    if (next > when) break;
    now_ = next;
    turn();
    if (after_turn) after_turn();
  }
  now_ = std::max(now_, when);
}

bool VirtualLoop::run_posted() {
  {
    std::unique_lock lock(mutex_);
    if (!posted_condition_.wait_for(lock, 5s, [this] { return !posted_.empty(); })) return false;
  }
  run_until_idle();
  return true;
}

void VirtualLoop::take_posted() {
  std::vector<Work> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (Work& work : posted) later(std::move(work));
}

}  // namespace carillon::test

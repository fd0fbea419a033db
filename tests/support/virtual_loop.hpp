// SPDX-License-Identifier: GPL-3.0-or-later
// A Loop whose clock moves only when a test says so: hours pass in microseconds, and the same test takes the same turns each
// time.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "base/loop.hpp"

namespace carillon::test {

class VirtualLoop final : public Loop {
 public:
  /// Virtual time starts one hour after the clock's zero, at 2026-11-21T10:00:00Z.
  Monotonic now() const override { return now_; }
  Instant wall() const override;
  /// Somebody sets the clock that shows the date; the other one does not care.
  void jump_wall(Duration by) { wall_offset_ += by; }
  /// From any thread; run in the next turn that the test's thread takes.
  void post(Work work) override;

  /// Takes every turn that is due up to `when` and leaves the clock there.
  void run_until(Monotonic when);
  void run_for(Duration time) { run_until(now_ + time); }
  /// Takes turns until nothing is due now, without moving the clock.
  void run_until_idle() { run_until(now_); }
  /// Called after each turn, outside of all that runs in it; empty: nobody looks.
  std::function<void()> after_turn;
  /// Waits in real time until another thread has posted, then runs until idle. False after five seconds without a post.
  bool run_posted();

 protected:
  void wake_at(Monotonic) override {}  // run_until() looks at the queue and the timers itself.

 private:
  void take_posted();

  Monotonic now_{1h};
  Duration wall_offset_{};
  std::mutex mutex_;
  std::condition_variable posted_condition_;
  std::vector<Work> posted_;
};

}  // namespace carillon::test

// SPDX-License-Identifier: GPL-3.0-or-later
// Hundreds of thousands of timers, most of them cancelled before they fire: arming and cancelling cost a few nanoseconds and never
// allocate, because the timer is a node inside its owner. Hierarchical wheel, 1 ms ticks.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"

namespace carillon {

class TimerWheel;

/// A timer that lives inside its owner. Destroying it cancels it.
class Timer {
 public:
  /// `fire` is called on the loop's thread; it may re-arm or destroy this timer and any other.
  using Fire = void (*)(void* owner);

  Timer(Fire fire, void* owner) : fire_(fire), owner_(owner) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { cancel(); }

  bool is_armed() const { return next_ != nullptr; }
  void cancel();

 private:
  friend class TimerWheel;
  Timer* next_ = nullptr;
  Timer* previous_ = nullptr;
  TimerWheel* wheel_ = nullptr;
  std::uint64_t due_tick_ = 0;
  Fire fire_;
  void* owner_;
};

class TimerWheel {
 public:
  TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  ~TimerWheel();

  /// Arms or re-arms a timer. It fires in the first turn at or after `due`, never early.
  void arm(Timer& timer, Monotonic due);

  /// Fires everything due at `now`, in order of due tick.
  void advance(Monotonic now);

  /// When the next timer may be due: never later than the truth, Monotonic::max() when none is armed.
  Monotonic next_due() const;

  std::size_t size() const { return size_; }

 private:
  friend class Timer;
  static constexpr int levels = 5;
  static constexpr int slots = 64;
  struct Level;
  void place(Timer& timer);
  void unlink(Timer& timer);
  void cascade(int level, int slot);

  std::array<std::array<Timer*, slots>, levels> heads_{};
  std::array<std::uint64_t, levels> occupied_{};
  std::uint64_t tick_ = 0;
  std::size_t size_ = 0;
};

}  // namespace carillon

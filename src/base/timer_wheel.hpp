// SPDX-License-Identifier: GPL-3.0-or-later
// Hundreds of thousands of timers, most of them cancelled before they fire: arming and cancelling cost a few nanoseconds and
// never allocate, because the timer is a node inside its owner. Hierarchical wheel, 1 ms ticks.
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
  std::uint16_t slot_ = 0;
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

  /// Fires everything due at `now`, in order of due tick, within a tick in the order of arming. What is armed meanwhile for the
  /// past fires at the end of this call or in the next one.
  void advance(Monotonic now);

  /// When the next timer may be due: never later than the truth, Monotonic::max() when none is armed.
  Monotonic next_due() const;

  std::size_t size() const { return size_; }

 private:
  friend class Timer;
  // A timer lies in the level of the highest six bits in which its tick differs from the current one, so all timers of one tick
  // are always in the same slot and fire in the order in which they were armed. Seven levels: 139 years.
  static constexpr int levels = 7;
  static constexpr int slots = 64;
  static constexpr std::size_t firing_slot = levels * slots;
  static constexpr std::uint64_t last_tick = (std::uint64_t{1} << (6 * levels)) - 1;

  struct Place {
    int level;
    std::size_t slot;    ///< Index into heads_.
    std::uint64_t tick;  ///< Where the slot begins.
  };
  /// The first occupied slot; level -1 when none is armed.
  Place first_place() const;
  void place(Timer& timer);
  void link(Timer& timer, std::size_t slot);
  void unlink(Timer& timer);
  void cascade(std::size_t slot);
  void fire(std::size_t slot);

  std::array<Timer*, firing_slot + 1> heads_{};  ///< Circular lists; the last is the one being fired.
  std::array<std::uint64_t, levels + 1> occupied_{};
  std::uint64_t tick_ = 0;
  std::uint64_t past_fires_at_ = 0;  ///< tick_, or where advance() is going.
  std::size_t size_ = 0;
};

}  // namespace carillon

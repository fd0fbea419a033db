// SPDX-License-Identifier: GPL-3.0-or-later
// A hierarchical timing wheel: arming and cancelling touch one list, time that passes without timers costs nothing.
#include "base/timer_wheel.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace carillon {
namespace {

constexpr std::int64_t tick_length = 1000;  // Microseconds.
constexpr int bits = 6;                     // Of a tick, per level.

std::uint64_t tick_at_or_before(Monotonic time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0) / tick_length);
}

std::uint64_t tick_at_or_after(Monotonic time) {
  const std::int64_t count = std::max<std::int64_t>(time.time_since_epoch().count(), 0);
  return static_cast<std::uint64_t>(count / tick_length + (count % tick_length != 0 ? 1 : 0));
}

}  // namespace

void Timer::cancel() {
  if (is_armed()) wheel_->unlink(*this);
}

TimerWheel::TimerWheel() = default;

TimerWheel::~TimerWheel() {
  for (Timer*& head : heads_) {
    while (head != nullptr) unlink(*head);
  }
}

void TimerWheel::arm(Timer& timer, Monotonic due) {
  timer.cancel();
  timer.wheel_ = this;
  const std::uint64_t tick = std::min(tick_at_or_after(due), last_tick);
  timer.due_tick_ = tick > tick_ ? tick : past_fires_at_;
  place(timer);
}

void TimerWheel::advance(Monotonic now) {
  CARILLON_ASSERT(heads_[firing_slot] == nullptr);
  const std::uint64_t target = std::min(tick_at_or_before(now), last_tick);
  if (target < tick_) return;
  past_fires_at_ = target;
  while (true) {
    const Place next = first_place();
    if (next.level < 0 || next.tick > target) break;
    tick_ = next.tick;
    if (next.level > 0) {
      cascade(next.slot);
      continue;
    }
    fire(next.slot);
    if (tick_ == target) break;  // What was armed for the past meanwhile waits for the next call.
  }
  tick_ = target;
}

Monotonic TimerWheel::next_due() const {
  const Place next = first_place();
  if (next.level < 0) return Monotonic::max();
  return Monotonic(Duration(static_cast<std::int64_t>(next.tick) * tick_length));
}

TimerWheel::Place TimerWheel::first_place() const {
  for (int level = 0; level < levels; ++level) {
    const int shift = level * bits;
    const std::uint64_t index = (tick_ >> shift) % slots;
    // Of the current slot only level 0 can hold anything: what is due within it lies in the levels below.
    const std::uint64_t from = level == 0 ? ~std::uint64_t{0} << index : (~std::uint64_t{0} << index) << 1;
    const std::uint64_t candidates = occupied_[static_cast<std::size_t>(level)] & from;
    if (candidates == 0) continue;
    const auto slot = static_cast<std::uint64_t>(std::countr_zero(candidates));
    const std::uint64_t base = tick_ >> (shift + bits) << (shift + bits);
    return Place{level, static_cast<std::size_t>(level * slots) + slot, base | slot << shift};
  }
  return Place{-1, 0, 0};
}

void TimerWheel::place(Timer& timer) {
  const std::uint64_t difference = timer.due_tick_ ^ tick_;
  const int level = difference == 0 ? 0 : (static_cast<int>(std::bit_width(difference)) - 1) / bits;
  const std::uint64_t index = (timer.due_tick_ >> (level * bits)) % slots;
  link(timer, static_cast<std::size_t>(level * slots) + index);
}

void TimerWheel::link(Timer& timer, std::size_t slot) {
  Timer*& head = heads_[slot];
  timer.slot_ = static_cast<std::uint16_t>(slot);
  if (head == nullptr) {
    timer.next_ = timer.previous_ = &timer;
    head = &timer;
    occupied_[slot / slots] |= std::uint64_t{1} << (slot % slots);
  } else {
    timer.next_ = head;
    timer.previous_ = head->previous_;
    head->previous_->next_ = &timer;
    head->previous_ = &timer;
  }
  ++size_;
}

void TimerWheel::unlink(Timer& timer) {
  Timer*& head = heads_[timer.slot_];
  if (timer.next_ == &timer) {
    head = nullptr;
    occupied_[timer.slot_ / slots] &= ~(std::uint64_t{1} << (timer.slot_ % slots));
  } else {
    timer.next_->previous_ = timer.previous_;
    timer.previous_->next_ = timer.next_;
    if (head == &timer) head = timer.next_;
  }
  timer.next_ = timer.previous_ = nullptr;
  --size_;
}

void TimerWheel::cascade(std::size_t slot) {
  while (Timer* timer = heads_[slot]) {
    unlink(*timer);
    place(*timer);
  }
}

void TimerWheel::fire(std::size_t slot) {
  // Moved aside first: a timer that re-arms itself for this very tick must not fire twice, one that cancels its neighbour must.
  while (Timer* timer = heads_[slot]) {
    unlink(*timer);
    link(*timer, firing_slot);
  }
  while (Timer* timer = heads_[firing_slot]) {
    unlink(*timer);
    timer->fire_(timer->owner_);
  }
}

}  // namespace carillon

// SPDX-License-Identifier: GPL-3.0-or-later
// The one place where a call's story waits: events of all its legs in the order in which they happened, with a deadline.
#pragma once

#include <algorithm>
#include <coroutine>
#include <optional>
#include <vector>

#include "base/assert.hpp"
#include "base/loop.hpp"
#include "call/leg_event.hpp"

namespace carillon::call {

/// Bounded, and no device can fill it: has_room() says when what a device wants is to be refused, ringing that waits is brought
/// up to date instead of told again, and all else is bounded by what we ask. More is a fault of ours. One story waits at a time.
class EventQueue {
 public:
  static constexpr std::size_t capacity = 128;
  /// How many events of one device may wait when it wants something more; fewer for digits, so that they do not keep out a hold.
  static constexpr std::ptrdiff_t wishes_max = 16;
  static constexpr std::ptrdiff_t digits_max = 8;

  explicit EventQueue(Loop& loop) : loop_(loop) {}

  bool has_room(const Leg& leg, LegEvent::Kind kind) const {
    const auto is_of_leg = [&leg](const LegEvent& event) { return event.leg == &leg; };
    return std::ranges::count_if(events_, is_of_leg) < (kind == LegEvent::Kind::info ? digits_max : wishes_max);
  }

  void push(LegEvent event) {
    if (event.kind == LegEvent::Kind::progress && update_progress(event)) return;
    CARILLON_ENSURE(events_.size() < capacity);
    events_.push_back(std::move(event));
    if (waiting_ != nullptr) waiting_->wake();
  }

  /// Forgets what a leg that is about to go said.
  void drop(const Leg& leg) {
    std::erase_if(events_, [&leg](const LegEvent& event) { return event.leg == &leg; });
  }

  /// Awaitable: the next event, or nothing once `deadline` has passed. Destroying the waiting frame is fine.
  class Next {
   public:
    Next(EventQueue& queue, Monotonic deadline) : queue_(queue), deadline_(deadline), timer_(&Next::on_deadline, this) {}
    Next(const Next&) = delete;
    Next& operator=(const Next&) = delete;
    ~Next() {
      if (queue_.waiting_ == this) queue_.waiting_ = nullptr;
      if (coroutine_ && is_woken_ && !is_resumed_) queue_.loop_.forget(coroutine_);
    }

    bool await_ready() const { return !queue_.events_.empty() || deadline_ <= queue_.loop_.now(); }
    void await_suspend(std::coroutine_handle<> coroutine) {
      CARILLON_ENSURE(queue_.waiting_ == nullptr);
      coroutine_ = coroutine;
      queue_.waiting_ = this;
      if (deadline_ != Monotonic::max()) queue_.loop_.timers().arm(timer_, deadline_);
    }
    std::optional<LegEvent> await_resume() {
      is_resumed_ = true;
      if (queue_.waiting_ == this) queue_.waiting_ = nullptr;
      if (queue_.events_.empty()) return std::nullopt;
      LegEvent event = std::move(queue_.events_.front());
      queue_.events_.erase(queue_.events_.begin());  // A few at most.
      return event;
    }

   private:
    friend class EventQueue;
    static void on_deadline(void* self) { static_cast<Next*>(self)->wake(); }
    void wake() {
      if (is_woken_) return;
      is_woken_ = true;
      timer_.cancel();
      queue_.loop_.resume_later(coroutine_);
    }

    EventQueue& queue_;
    Monotonic deadline_;
    Timer timer_;
    std::coroutine_handle<> coroutine_;
    bool is_woken_ = false;
    bool is_resumed_ = false;
  };

  Next next(Monotonic deadline = Monotonic::max()) { return Next(*this, deadline); }

 private:
  /// Progress of the same device that was not heard yet now says what `event` says; a description is not lost.
  bool update_progress(const LegEvent& event) {
    const auto waiting = std::ranges::find_if(
        events_, [&event](const LegEvent& each) { return each.leg == event.leg && each.kind == LegEvent::Kind::progress; });
    if (waiting == events_.end()) return false;
    if (!event.has_session && waiting->has_session) return true;
    waiting->status = event.status;
    waiting->has_session = event.has_session;
    return true;
  }

  Loop& loop_;
  std::vector<LegEvent> events_;
  Next* waiting_ = nullptr;
};

}  // namespace carillon::call

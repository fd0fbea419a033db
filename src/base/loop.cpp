// SPDX-License-Identifier: GPL-3.0-or-later
// The part of every loop that does not depend on where its events come from: the queue of the next turn and the turn itself.
#include "base/loop.hpp"

#include "base/assert.hpp"

namespace carillon {

Loop::Loop() = default;
Loop::~Loop() = default;

void Loop::later(Work work) {
  queue(Entry{nullptr, std::move(work)});
}

void Loop::resume_later(std::coroutine_handle<> coroutine) {
  queue(Entry{coroutine, {}});
}

void Loop::forget(std::coroutine_handle<> coroutine) {
  for (std::size_t i = next_; i < running_.size(); ++i) {
    if (running_[i].coroutine == coroutine) running_[i].coroutine = nullptr;
  }
  for (Entry& entry : queued_) {
    if (entry.coroutine == coroutine) entry.coroutine = nullptr;
  }
}

void Loop::queue(Entry entry) {
  queued_.push_back(std::move(entry));
  if (!is_turning_ && queued_.size() == 1) wake_at(now());
}

void Loop::turn() {
  CARILLON_ASSERT(!is_turning_);
  struct Turning {
    bool& flag;
    explicit Turning(bool& is_turning) : flag(is_turning) { flag = true; }
    ~Turning() { flag = false; }
  };
  {
    const Turning turning(is_turning_);
    if (next_ == running_.size()) {
      timers_.advance(now());
      running_.swap(queued_);
      next_ = 0;
    }
    while (next_ < running_.size()) {
      Entry entry = std::move(running_[next_++]);
      if (entry.coroutine) {
        entry.coroutine.resume();
      } else if (entry.work) {
        entry.work();
      }
    }
    running_.clear();
    next_ = 0;
  }
  wake_at(queued_.empty() ? timers_.next_due() : now());
}

}  // namespace carillon

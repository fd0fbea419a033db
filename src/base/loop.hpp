// SPDX-License-Identifier: GPL-3.0-or-later
// The event loop as everything above `net` sees it: a clock, a queue of work for the next turn, and timers. `net::AsioLoop` runs
// it over Asio; tests run it over a virtual clock (tests/support/virtual_loop.hpp). One thread owns a loop and all that lives on
// it.
#pragma once

#include <coroutine>
#include <functional>
#include <vector>

#include "base/time.hpp"
#include "base/timer_wheel.hpp"

namespace carillon {

class Loop {
 public:
  using Work = std::move_only_function<void()>;

  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop();

  /// The time of the current turn; read once per turn, so equal within it.
  virtual Monotonic now() const = 0;
  virtual Instant wall() const = 0;

  /// Runs `work` on the loop's thread in a later turn. The only member that other threads may call.
  virtual void post(Work work) = 0;

  /// Queues work or a suspended coroutine for the next turn. Own thread only; no lock, no allocation for a coroutine.
  void later(Work work);
  void resume_later(std::coroutine_handle<> coroutine);
  /// Takes a coroutine that is about to be destroyed out of the queue. No-op if it is not there. Cost: the length of the queue,
  /// so only for one that was queued and not resumed yet.
  void forget(std::coroutine_handle<> coroutine);

  /// SIP timers, deadlines and sleeps, 1 ms ticks.
  TimerWheel& timers() { return timers_; }

 protected:
  /// Asks for a turn at `when` at the latest, at once if that has passed; a later call replaces an earlier one. Monotonic::max()
  /// = only when something happens. Called at the end of each turn, and when the first work is queued outside one.
  virtual void wake_at(Monotonic when) = 0;

  /// One turn: fires due timers, runs what was queued until then, then calls wake_at() for what comes next. What is queued while
  /// the queue runs waits for the next turn. Implementations call it once before they first wait, after each batch of I/O and
  /// when the wake-up time has come. If work throws, the next turn goes on with what is left.
  void turn();

  /// Something is queued for the next turn.
  bool has_queued() const { return !queued_.empty() || next_ < running_.size(); }

 private:
  struct Entry {
    std::coroutine_handle<> coroutine;  ///< Either this or `work`; neither when forgotten.
    Work work;
  };
  void queue(Entry entry);

  TimerWheel timers_;
  std::vector<Entry> queued_;
  std::vector<Entry> running_;  ///< What this turn runs; capacity is kept.
  std::size_t next_ = 0;        ///< First of `running_` that has not been run.
  bool is_turning_ = false;
};

}  // namespace carillon

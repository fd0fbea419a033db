// SPDX-License-Identifier: GPL-3.0-or-later
// What all coroutine frames of Task have in common: memory from a per-thread slab, who goes on afterwards, and a state that makes
// destroying a running frame an assertion instead of a mystery. Included through base/task.hpp.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <utility>

#include "base/assert.hpp"

namespace carillon {

class Frame;

/// Told when a task that it started has finished.
class Joiner {
 public:
  /// Returns the coroutine that goes on, or std::noop_coroutine(). The frame is destroyed later, not in here.
  virtual std::coroutine_handle<> finished(Frame& frame) noexcept = 0;

 protected:
  ~Joiner() = default;
};

/// Wraps everything that a Task awaits, to keep the state of its frame.
template <class Awaiter>
struct TrackedAwaiter;

/// The promise of every Task, whatever it yields.
class Frame {
 public:
  enum class State : std::uint8_t { created, suspended, running, finished };

  static void* operator new(std::size_t size);
  static void operator delete(void* block, std::size_t size) noexcept;

  Frame() = default;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() { CARILLON_ASSERT(state_ != State::running); }

  State state() const { return state_; }
  void set_state(State state) { state_ = state; }
  void set_continuation(std::coroutine_handle<> continuation) { continuation_ = continuation; }
  /// The joiner may keep a number in the frame.
  void set_joiner(Joiner& joiner, std::size_t index) {
    joiner_ = &joiner;
    index_ = index;
  }
  std::size_t index() const { return index_; }
  const std::exception_ptr& exception() const { return exception_; }

  auto initial_suspend() noexcept {
    struct Start {
      Frame& frame;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<>) const noexcept {}
      void await_resume() const noexcept { frame.state_ = State::running; }
    };
    return Start{*this};
  }
  auto final_suspend() noexcept {
    struct Finish {
      Frame& frame;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) const noexcept {
        frame.state_ = State::finished;
        return frame.joiner_ != nullptr ? frame.joiner_->finished(frame) : frame.continuation_;
      }
      void await_resume() const noexcept {}
    };
    return Finish{*this};
  }
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  /// Tasks have an awaiter; everything else that is awaited is one.
  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable) {
    if constexpr (requires { std::forward<Awaitable>(awaitable).awaiter(); }) {
      using Awaiter = decltype(std::forward<Awaitable>(awaitable).awaiter());
      return TrackedAwaiter<Awaiter>{std::forward<Awaitable>(awaitable).awaiter(), *this};
    } else {
      return TrackedAwaiter<Awaitable&&>{std::forward<Awaitable>(awaitable), *this};
    }
  }

 private:
  std::coroutine_handle<> continuation_;
  Joiner* joiner_ = nullptr;
  std::exception_ptr exception_;
  std::size_t index_ = 0;
  State state_ = State::created;
};

template <class Awaiter>
struct TrackedAwaiter {
  Awaiter awaiter;
  Frame& frame;

  bool await_ready() { return awaiter.await_ready(); }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> coroutine) {
    frame.set_state(Frame::State::suspended);
    return awaiter.await_suspend(coroutine);
  }
  decltype(auto) await_resume() {
    frame.set_state(Frame::State::running);
    return awaiter.await_resume();
  }
};

/// A Frame with room for its value.
template <class T>
class FrameOf : public Frame {
 public:
  template <class U = T>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    if (exception()) std::rethrow_exception(exception());
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class FrameOf<void> : public Frame {
 public:
  void return_void() noexcept {}
  void take() const {
    if (exception()) std::rethrow_exception(exception());
  }
};

/// A task as its joiner sees it.
struct Branch {
  std::coroutine_handle<> coroutine;
  Frame* frame;
};

/// Starts several tasks and waits for the first or for all of them: the engine of race() and all().
class Group final : Joiner {
 public:
  enum class Until : std::uint8_t { first, all };

  /// The branches outlive the group.
  Group(Until until, std::span<const Branch> branches) : until_(until), branches_(branches) {
    CARILLON_ENSURE(!branches.empty());
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> parent);
  /// The branch that ended the wait: the first, the last, or the one that failed.
  std::size_t await_resume() const { return ended_by_; }

  bool failed() const { return failure_ != nullptr; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::coroutine_handle<> finished(Frame& frame) noexcept override;

  Until until_;
  std::span<const Branch> branches_;
  std::coroutine_handle<> parent_;
  std::size_t finished_ = 0;
  std::size_t ended_by_ = 0;
  std::exception_ptr failure_;
  bool is_done_ = false;
  bool is_starting_ = false;
};

}  // namespace carillon

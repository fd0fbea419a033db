// SPDX-License-Identifier: GPL-3.0-or-later
// Call logic reads top to bottom because it is written as coroutines: Task is one, Scope owns those that nobody awaits, race()
// and all() run several side by side. Cancelling a task is destroying its suspended frame: destructors unwind it, nothing is
// thrown.
#pragma once

#include <array>
#include <coroutine>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <tuple>
#include <variant>
#include <vector>

#include "base/frame.hpp"
#include "base/loop.hpp"

namespace carillon {

/// A lazy coroutine that yields a T. It starts when it is awaited, spawned in a Scope or given to race() or all(); destroying the
/// Task destroys the frame wherever it waits, and with it everything it awaits. Frames are made and destroyed on one thread. Of
/// exceptions only Broken passes through co_await.
template <class T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : FrameOf<T> {
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
  };

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() { reset(); }

  explicit operator bool() const { return handle_ != nullptr; }

  /// Cancels: destroys the frame, which must not be running (asserted).
  void reset() {
    if (auto handle = std::exchange(handle_, nullptr)) handle.destroy();
  }

  /// What a Task that awaits this one uses: starts it and waits for its value. Once only.
  auto awaiter() && noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> child;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
        child.promise().set_continuation(parent);
        return child;
      }
      T await_resume() { return child.promise().take(); }
    };
    CARILLON_ASSERT(handle_ != nullptr);
    return Awaiter{handle_};
  }

  /// For Scope, race() and all(), which start tasks themselves.
  Branch branch() const { return Branch{handle_, &handle_.promise()}; }
  T take() { return handle_.promise().take(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// Wakes the one coroutine that waits for it, in the next turn and never inline. A signal that nobody waits for yet is
/// remembered, several are one: `while (!condition) co_await signal.wait();`
class Signal {
 public:
  class Waiter {
   public:
    explicit Waiter(Signal& signal) : signal_(signal) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter();  ///< Unlinks; a frame that was about to be resumed is not.
    bool await_ready() const { return std::exchange(signal_.is_set_, false); }
    void await_suspend(std::coroutine_handle<> coroutine);
    void await_resume() { coroutine_ = nullptr; }

   private:
    friend class Signal;
    Signal& signal_;
    std::coroutine_handle<> coroutine_;
  };

  explicit Signal(Loop& loop) : loop_(loop) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() { CARILLON_ASSERT(waiter_ == nullptr); }

  void set();
  /// Awaitable. A second one at the same time is Broken.
  Waiter wait() { return Waiter(*this); }

 private:
  Loop& loop_;
  Waiter* waiter_ = nullptr;  ///< Waiting and not yet queued for resumption.
  bool is_set_ = false;
};

/// Suspends for `time`, at least until the next turn.
Task<> sleep(Loop& loop, Duration time);

/// Owner of tasks that run beside the code that started them. Whoever owns it decides how long they may live.
class Scope final : Joiner {
 public:
  /// Told when a task of the scope ended with Broken. It must not destroy the scope.
  using OnBroken = std::move_only_function<void(const Broken&)>;

  Scope(Loop& loop, OnBroken on_broken);
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  /// Cancels at once. Not from within a task of this scope (asserted): cancel() is for that.
  ~Scope();

  /// Starts `task` in the next turn.
  void spawn(Task<> task);
  /// Destroys all frames in the next turn; until then they may still be resumed, unless they never started.
  void cancel();
  /// Waits until no task is left and all frames are gone. One at a time; not from within a task of this scope.
  Task<> join();
  std::size_t size() const { return live_.size() + gone_.size(); }

 private:
  std::coroutine_handle<> finished(Frame& frame) noexcept override;
  void retire(std::size_t index);
  static void on_sweep(void* self) { static_cast<Scope*>(self)->sweep(); }
  void sweep();

  Loop& loop_;
  OnBroken on_broken_;
  std::vector<Task<>> live_;
  std::vector<Task<>> gone_;  ///< Finished or cancelled: destroyed in the next turn.
  Timer sweep_;
  Signal changed_;
};

template <class T>
class OneShot;

/// The other end of a OneShot, held by whoever will know the value. Safe to use and to destroy after the waiter has gone.
template <class T>
class Promise {
 public:
  Promise() = default;
  Promise(Promise&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {
    if (target_ != nullptr) target_->promise_ = this;
  }
  Promise& operator=(Promise&& other) noexcept {
    if (this != &other) {
      abandon();
      target_ = std::exchange(other.target_, nullptr);
      if (target_ != nullptr) target_->promise_ = this;
    }
    return *this;
  }
  ~Promise() { abandon(); }

  /// Somebody still wants the value.
  bool is_wanted() const { return target_ != nullptr; }
  /// Hands over the value; the waiter runs in the next turn. No-op when nobody wants it, or the second time.
  void fulfil(T value) {
    if (target_ == nullptr) return;
    target_->value_.emplace(std::move(value));
    abandon();
  }

 private:
  friend class OneShot<T>;
  void abandon() {
    if (target_ == nullptr) return;
    target_->promise_ = nullptr;
    std::exchange(target_, nullptr)->changed_.set();
  }
  OneShot<T>* target_ = nullptr;
};

/// Waits for one value from a callback: hand promise() to whoever will know it, then `co_await one_shot.wait()`.
template <class T>
class OneShot {
 public:
  explicit OneShot(Loop& loop) : changed_(loop) {}
  OneShot(const OneShot&) = delete;
  OneShot& operator=(const OneShot&) = delete;
  ~OneShot() {
    if (promise_ != nullptr) promise_->target_ = nullptr;
  }

  /// Once.
  Promise<T> promise() {
    CARILLON_ENSURE(promise_ == nullptr && !value_);
    Promise<T> made;
    made.target_ = this;
    promise_ = &made;
    return made;
  }
  /// The value, once. Broken if the promise went without fulfilling.
  Task<T> wait() {
    while (promise_ != nullptr) co_await changed_.wait();
    CARILLON_ENSURE(value_.has_value());
    co_return std::move(*value_);
  }

 private:
  friend class Promise<T>;
  Promise<T>* promise_ = nullptr;
  std::optional<T> value_;
  Signal changed_;
};

/// A bounded queue with one consumer on the same loop.
template <class T>
class Channel {
 public:
  Channel(Loop& loop, std::size_t capacity) : capacity_(capacity), changed_(loop) {}

  /// False when full: the value is not taken.
  [[nodiscard]] bool push(T value) {
    if (values_.size() >= capacity_) return false;
    values_.push_back(std::move(value));
    changed_.set();
    return true;
  }
  /// The oldest value. A waiter that is cancelled takes none.
  Task<T> next() {
    while (values_.empty()) co_await changed_.wait();
    T value = std::move(values_.front());
    values_.pop_front();
    co_return value;
  }
  std::size_t size() const { return values_.size(); }

 private:
  std::size_t capacity_;
  std::deque<T> values_;
  Signal changed_;
};

/// What a task yields inside a variant, tuple or optional.
template <class T>
using ValueOf = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
ValueOf<T> take_value(Task<T>& task) {
  if constexpr (std::is_void_v<T>) {
    task.take();
    return {};
  } else {
    return task.take();
  }
}

/// Runs the tasks side by side until the first finishes; the others are cancelled and gone before this returns. The variant's
/// index says which it was. A task that finishes at once keeps later ones from starting.
template <class... T>
Task<std::variant<ValueOf<T>...>> race(Task<T>... tasks) {
  std::array<Branch, sizeof...(T)> branches{tasks.branch()...};
  Group group(Group::Until::first, branches);
  const std::size_t first = co_await group;
  std::size_t index = 0;
  ((index++ == first ? void() : tasks.reset()), ...);
  std::optional<std::variant<ValueOf<T>...>> result;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((I == first ? void(result.emplace(std::in_place_index<I>, take_value(tasks))) : void()), ...);
  }(std::index_sequence_for<T...>());
  co_return std::move(*result);
}

/// Which task of several finished first, and its value.
template <class T>
struct Winner {
  std::size_t index;
  ValueOf<T> value;
};

/// The same for any number of like tasks, at least one.
template <class T>
Task<Winner<T>> race(std::vector<Task<T>> tasks) {
  std::vector<Branch> branches;
  for (const Task<T>& task : tasks) branches.push_back(task.branch());
  Group group(Group::Until::first, branches);
  const std::size_t first = co_await group;
  Task<T> winner = std::move(tasks[first]);
  tasks.clear();
  co_return Winner<T>{first, take_value(winner)};
}

/// Runs the tasks side by side until all have finished. If one ends with Broken the others are cancelled and it is passed on.
template <class... T>
Task<std::tuple<ValueOf<T>...>> all(Task<T>... tasks) {
  std::array<Branch, sizeof...(T)> branches{tasks.branch()...};
  Group group(Group::Until::all, branches);
  const std::size_t last = co_await group;
  std::size_t index = 0;
  if (group.failed()) ((index++ == last ? void() : tasks.reset()), ...);
  group.rethrow();
  co_return std::tuple<ValueOf<T>...>{take_value(tasks)...};
}

template <class T>
Task<std::vector<ValueOf<T>>> all(std::vector<Task<T>> tasks) {
  std::vector<Branch> branches;
  for (const Task<T>& task : tasks) branches.push_back(task.branch());
  std::vector<ValueOf<T>> values;
  if (tasks.empty()) co_return values;
  Group group(Group::Until::all, branches);
  co_await group;
  if (group.failed()) tasks.clear();
  group.rethrow();
  for (Task<T>& task : tasks) values.push_back(take_value(task));
  co_return values;
}

/// Runs `task` for at most `limit`; nothing when it was cancelled for that.
template <class T>
Task<std::optional<ValueOf<T>>> with_deadline(Loop& loop, Duration limit, Task<T> task) {
  auto first = co_await race(std::move(task), sleep(loop, limit));
  if (first.index() == 1) co_return std::nullopt;
  co_return std::get<0>(std::move(first));
}

}  // namespace carillon

/// CARILLON_TRY and CARILLON_CHECK for coroutines: CARILLON_CO_TRY(leg, co_await ring(call));
#define CARILLON_CO_TRY(name, ...)                                                                               \
  auto CARILLON_JOIN(name, _result) = __VA_ARGS__;                                                               \
  if (!CARILLON_JOIN(name, _result)) co_return std::unexpected(std::move(CARILLON_JOIN(name, _result)).error()); \
  auto& name = *CARILLON_JOIN(name, _result)

#define CARILLON_CO_CHECK(...)                                          \
  if (auto carillon_check_result = __VA_ARGS__; !carillon_check_result) \
  co_return std::unexpected(std::move(carillon_check_result).error())

// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of tasks that do not depend on what they yield: waiting for a signal, scopes, sleeping.
#include "base/task.hpp"

namespace carillon {
namespace {

/// The index of a task that is no longer among the live ones.
constexpr std::size_t no_index = static_cast<std::size_t>(-1);

}  // namespace

Signal::Waiter::~Waiter() {
  if (signal_.waiter_ == this) {
    signal_.waiter_ = nullptr;
  } else if (coroutine_ != nullptr) {
    signal_.loop_.forget(coroutine_);
  }
}

void Signal::Waiter::await_suspend(std::coroutine_handle<> coroutine) {
  CARILLON_ENSURE(signal_.waiter_ == nullptr);
  coroutine_ = coroutine;
  signal_.waiter_ = this;
}

void Signal::set() {
  if (waiter_ == nullptr) {
    is_set_ = true;
    return;
  }
  loop_.resume_later(std::exchange(waiter_, nullptr)->coroutine_);
}

Task<> sleep(Loop& loop, Duration time) {
  Signal over(loop);
  Timer timer([](void* signal) { static_cast<Signal*>(signal)->set(); }, &over);
  loop.timers().arm(timer, loop.now() + time);
  co_await over.wait();
}

Scope::Scope(Loop& loop, OnBroken on_broken)
    : loop_(loop), on_broken_(std::move(on_broken)), sweep_(&Scope::on_sweep, this), changed_(loop) {}

Scope::~Scope() {
  cancel();
  sweep();
}

void Scope::spawn(Task<> task) {
  const Branch branch = task.branch();
  CARILLON_ENSURE(branch.frame->state() == Frame::State::created);
  branch.frame->set_joiner(*this, live_.size());
  live_.push_back(std::move(task));
  loop_.resume_later(branch.coroutine);
}

void Scope::cancel() {
  while (!live_.empty()) retire(live_.size() - 1);
}

Task<> Scope::join() {
  while (size() > 0) co_await changed_.wait();
}

std::coroutine_handle<> Scope::finished(Frame& frame) noexcept {
  if (frame.index() != no_index) retire(frame.index());
  if (frame.exception()) {
    try {
      std::rethrow_exception(frame.exception());
    } catch (const Broken& broken) {
      on_broken_(broken);
    }
  }
  return std::noop_coroutine();
}

void Scope::retire(std::size_t index) {
  Task<> task = std::move(live_[index]);
  if (index + 1 < live_.size()) {
    live_[index] = std::move(live_.back());
    live_[index].branch().frame->set_joiner(*this, index);
  }
  live_.pop_back();
  const Branch branch = task.branch();
  branch.frame->set_joiner(*this, no_index);
  if (branch.frame->state() == Frame::State::created) loop_.forget(branch.coroutine);
  gone_.push_back(std::move(task));
  if (!sweep_.is_armed()) loop_.timers().arm(sweep_, Monotonic::min());
}

void Scope::sweep() {
  while (!gone_.empty()) {
    const Task<> task = std::move(gone_.back());  // Its destruction may bring more.
    gone_.pop_back();
  }
  if (size() == 0) changed_.set();
}

bool Group::await_suspend(std::coroutine_handle<> parent) {
  parent_ = parent;
  is_starting_ = true;
  for (std::size_t i = 0; i < branches_.size() && !is_done_; ++i) {
    branches_[i].frame->set_joiner(*this, i);
    branches_[i].coroutine.resume();
  }
  is_starting_ = false;
  return !is_done_;
}

std::coroutine_handle<> Group::finished(Frame& frame) noexcept {
  ++finished_;
  ended_by_ = frame.index();
  failure_ = frame.exception();
  is_done_ = until_ == Until::first || failure_ != nullptr || finished_ == branches_.size();
  if (is_done_ && !is_starting_) return parent_;
  return std::noop_coroutine();
}

}  // namespace carillon

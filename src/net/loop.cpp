// SPDX-License-Identifier: GPL-3.0-or-later
// Asio waits; everything that runs, runs in turns.
#include "net/loop.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <vector>

#include "base/assert.hpp"
#include "net/poller.hpp"

namespace carillon::net {

namespace {

constexpr std::size_t mailbox_limit = 1'000'000;
constexpr Duration longest_wait = 1h;

}  // namespace

class AsioLoop::Core {
 public:
  Core() : readable_(context_, poller_.descriptor()) { wait_for_sockets(); }
  ~Core() { readable_.release(); }

  Poller& poller() { return poller_; }

  Monotonic now() {
    read_clocks();
    return now_;
  }
  Instant wall() {
    read_clocks();
    return wall_;
  }
  void forget_time() { has_time_ = false; }

  void post(Work work);
  std::vector<Work> take_posted();
  /// Waits for one thing at most: a batch of sockets or a post.
  void wait_until(Monotonic when);

  Monotonic next_wake = Monotonic::max();
  bool is_stopping = false;

 private:
  void wait_for_sockets() {
    readable_.async_wait(boost::asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
      if (error) return;
      poller_.dispatch();
      wait_for_sockets();
    });
  }
  void read_clocks() {
    if (has_time_) return;
    now_ = system_monotonic_time();
    wall_ = system_wall_time();
    has_time_ = true;
  }

  boost::asio::io_context context_{1};
  Poller poller_;
  boost::asio::posix::stream_descriptor readable_;  ///< Borrows the poller's descriptor.
  bool has_time_ = false;
  Monotonic now_{};
  Instant wall_{};
  std::atomic<bool> has_posted_ = false;
  std::mutex mutex_;
  std::vector<Work> posted_;
};

void AsioLoop::Core::post(Work work) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    CARILLON_ASSERT(posted_.size() < mailbox_limit);
    is_first = posted_.empty();
    posted_.push_back(std::move(work));
    has_posted_.store(true, std::memory_order_relaxed);
  }
  // The handler has nothing to do: that it runs ends the wait, and the mailbox is emptied before the turn.
  if (is_first) boost::asio::post(context_, [] {});
}

std::vector<Loop::Work> AsioLoop::Core::take_posted() {
  std::vector<Work> taken;
  if (!has_posted_.load(std::memory_order_relaxed)) return taken;
  const std::lock_guard lock(mutex_);
  has_posted_.store(false, std::memory_order_relaxed);
  taken.swap(posted_);
  return taken;
}

void AsioLoop::Core::wait_until(Monotonic when) {
  forget_time();
  const Monotonic start = now();
  forget_time();
  if (when <= start) {
    context_.poll_one();
  } else {
    context_.run_one_for(std::min(when - start, longest_wait));
  }
}

AsioLoop::AsioLoop() : core_(std::make_unique<Core>()) {}
AsioLoop::~AsioLoop() = default;

Monotonic AsioLoop::now() const {
  return core_->now();
}
Instant AsioLoop::wall() const {
  return core_->wall();
}
void AsioLoop::post(Work work) {
  core_->post(std::move(work));
}
Poller& AsioLoop::poller() {
  return core_->poller();
}
void AsioLoop::wake_at(Monotonic when) {
  core_->next_wake = when;
}

void AsioLoop::run() {
  while (true) {
    for (Work& work : core_->take_posted()) later(std::move(work));
    turn();
    // What is written may arm timers that the turn did not know of.
    if (core_->poller().flush_all()) core_->next_wake = std::min(core_->next_wake, timers().next_due());
    if (core_->is_stopping) break;
    core_->wait_until(core_->next_wake);
  }
  core_->is_stopping = false;
}

void AsioLoop::stop() {
  post([this] { core_->is_stopping = true; });
}

}  // namespace carillon::net

// SPDX-License-Identifier: GPL-3.0-or-later
// A bounded way into another thread's loop: Loop::post() takes whatever it is given, so whoever passes on what strangers send
// needs a count of what is still waiting.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "base/loop.hpp"

namespace carillon {

/// Several threads may post; the loop's thread takes out. Must outlive what it posted, so it lives beside the loop.
class Mailbox {
 public:
  /// `bytes_max`: of everything that waits, each piece with the room that it takes besides its bytes.
  Mailbox(Loop& loop, std::size_t bytes_max) : loop_(loop), bytes_max_(bytes_max) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Runs `work`, which carries `bytes`, on the loop's thread in a later turn, in the order of posting. False, and nothing
  /// happens, when too much is waiting.
  template <class F>
  [[nodiscard]] bool post(std::size_t bytes, F work) {
    const std::size_t cost = bytes + overhead;
    if (waiting_.fetch_add(cost, std::memory_order_relaxed) + cost > bytes_max_) {
      waiting_.fetch_sub(cost, std::memory_order_relaxed);
      return false;
    }
    loop_.post([this, cost, work = std::move(work)]() mutable {
      waiting_.fetch_sub(cost, std::memory_order_relaxed);
      work();
    });
    return true;
  }

  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t overhead = 256;
  Loop& loop_;
  const std::size_t bytes_max_;
  std::atomic<std::size_t> waiting_ = 0;
};

}  // namespace carillon

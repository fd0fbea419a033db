// SPDX-License-Identifier: GPL-3.0-or-later
// A thread for what may wait: disk, database, password hashing. Loops hand it work by value and get answers by Loop::post().
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/task.hpp"

namespace carillon {

class Worker {
 public:
  using Work = std::move_only_function<void()>;

  struct Options {
    std::string name;             ///< Shown by the system's tools; its first 15 bytes count.
    std::size_t capacity = 1024;  ///< Work that may wait.
    Work after_batch = {};        ///< Run on the thread after everything that had been waiting: the place for one commit.
  };

  explicit Worker(Options options);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Finishes what is waiting, then joins. Not from the worker's own thread.
  ~Worker();

  /// Queues work, from any thread; false when the mailbox is full: the caller decides what that means. Work must not throw.
  [[nodiscard]] bool submit(Work work);
  /// What is waiting and not yet begun.
  std::size_t waiting() const;

 private:
  void run();

  Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Work> waiting_;
  bool is_ending_ = false;
  std::thread thread_;  ///< Last: it uses the others.
};

/// Runs `work` on the worker and yields what it returned; nothing when the worker's mailbox is full. The worker must end before
/// the loop does. Cancelling the task leaves the work to itself: it should own what it uses.
template <class F, class T = std::invoke_result_t<F&>>
Task<std::optional<T>> run_on(Worker& worker, Loop& loop, F work) {
  OneShot<T> answer(loop);
  // Made, fulfilled and destroyed on the loop's thread; the worker only carries it.
  auto promise = std::make_unique<Promise<T>>(answer.promise());
  auto carried = [&loop, promise = std::move(promise), work = std::move(work)]() mutable {
    loop.post([promise = std::move(promise), value = work()]() mutable { promise->fulfil(std::move(value)); });
  };
  const bool is_taken = worker.submit(std::move(carried));
  if (!is_taken) co_return std::nullopt;
  co_return co_await answer.wait();
}

}  // namespace carillon

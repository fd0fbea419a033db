// SPDX-License-Identifier: GPL-3.0-or-later
// The worker's thread: takes everything that waits, runs it in order, commits, waits.
#include "base/worker.hpp"

#include <pthread.h>

#include "base/assert.hpp"

namespace carillon {

Worker::Worker(Options options) : options_(std::move(options)), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), options_.name.substr(0, 15).c_str());
}

Worker::~Worker() {
  CARILLON_ASSERT(std::this_thread::get_id() != thread_.get_id());
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool Worker::submit(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= options_.capacity) return false;
    waiting_.push_back(std::move(work));
    if (waiting_.size() > 1) return true;  // It has been told already.
  }
  changed_.notify_one();
  return true;
}

std::size_t Worker::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void Worker::run() {
  std::vector<Work> batch;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    batch.swap(waiting_);
    lock.unlock();
    for (Work& work : batch) work();
    batch.clear();
    if (options_.after_batch) options_.after_batch();
    lock.lock();
  }
}

}  // namespace carillon

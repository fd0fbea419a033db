// SPDX-License-Identifier: GPL-3.0-or-later
// base/worker.hpp without threads: what waits is done a while later on the simulation's own loop, if its process still lives.
#include "simulation/worker.hpp"

#include "base/worker.hpp"

namespace carillon {

namespace simulation {

WorkerGround* the_workers = nullptr;

}  // namespace simulation

using simulation::the_workers;

Worker::Worker(Options options) : options_(std::move(options)) {}

Worker::~Worker() {
  is_ending_ = true;
  the_workers->timers.erase(this);
  if (!the_workers->is_frozen) run();
}

bool Worker::submit(Work work) {
  if (the_workers->is_frozen || is_ending_) return true;
  if (waiting_.size() >= options_.capacity) return false;
  waiting_.push_back(std::move(work));
  if (waiting_.size() > 1) return true;
  auto [timer, is_new] = the_workers->timers.try_emplace(this);
  if (is_new) timer->second = std::make_unique<Timer>([](void* self) { static_cast<Worker*>(self)->run(); }, this);
  the_workers->loop.timers().arm(*timer->second, the_workers->loop.now() + the_workers->flush_time());
  return true;
}

std::size_t Worker::waiting() const {
  return waiting_.size();
}

void Worker::run() {
  std::vector<Work> batch;
  batch.swap(waiting_);
  if (batch.empty()) return;
  for (Work& work : batch) work();
  batch.clear();
  if (options_.after_batch) options_.after_batch();
}

}  // namespace carillon

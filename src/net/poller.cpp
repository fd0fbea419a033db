// SPDX-License-Identifier: GPL-3.0-or-later
// One epoll set.
#include "net/poller.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>

#include "base/assert.hpp"

namespace carillon::net {

namespace {

// A turn follows each batch: large enough to pay for the wait, small enough not to keep timers waiting.
constexpr int batch_size = 64;

}  // namespace

Poller::Poller() : descriptor_(epoll_create1(EPOLL_CLOEXEC)) {
  CARILLON_ASSERT(descriptor_ >= 0);
}

Poller::~Poller() {
  ::close(descriptor_);
}

void Poller::watch(int descriptor, std::uint32_t events, Watch& watch) {
  epoll_event event{.events = events, .data = {.ptr = &watch}};
  CARILLON_ASSERT(epoll_ctl(descriptor_, EPOLL_CTL_ADD, descriptor, &event) == 0);
}

void Poller::change(int descriptor, std::uint32_t events, Watch& watch) {
  epoll_event event{.events = events, .data = {.ptr = &watch}};
  CARILLON_ASSERT(epoll_ctl(descriptor_, EPOLL_CTL_MOD, descriptor, &event) == 0);
}

void Poller::unwatch(int descriptor, Watch& watch) {
  CARILLON_ASSERT(epoll_ctl(descriptor_, EPOLL_CTL_DEL, descriptor, nullptr) == 0);
  for (epoll_event& event : pending_) {
    if (event.data.ptr == &watch) event.data.ptr = nullptr;
  }
}

void Poller::dispatch() {
  epoll_event events[batch_size];
  const int count = epoll_wait(descriptor_, events, batch_size, 0);
  if (count <= 0) return;
  pending_ = std::span(events, static_cast<std::size_t>(count));
  while (!pending_.empty()) {
    const epoll_event event = pending_.front();
    pending_ = pending_.subspan(1);
    if (event.data.ptr) static_cast<Watch*>(event.data.ptr)->on_ready(event.events);
  }
}

void Poller::forget(Flush& flush) {
  std::ranges::replace(flushes_, &flush, nullptr);
}

bool Poller::flush_all() {
  if (flushes_.empty()) return false;
  for (std::size_t i = 0; i < flushes_.size(); i++) {
    if (flushes_[i]) flushes_[i]->flush();
  }
  flushes_.clear();
  return true;
}

}  // namespace carillon::net

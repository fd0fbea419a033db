// SPDX-License-Identifier: GPL-3.0-or-later
// Thousands of sockets on one loop: they share one level-triggered epoll set, and only that set waits in Asio. Asio's own wait on
// each socket costs one more system call and 2 µs per datagram when each arrives on a socket of its own, as RTP does.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

struct epoll_event;

namespace carillon::net {

class Poller {
 public:
  /// Somebody with a descriptor.
  class Watch {
   public:
    /// `events` as epoll reports them. May unwatch this or any other, and destroy it.
    virtual void on_ready(std::uint32_t events) = 0;

   protected:
    ~Watch() = default;
  };
  /// Somebody who collects bytes during a batch and writes them once at its end.
  class Flush {
   public:
    /// Calls nobody back.
    virtual void flush() = 0;

   protected:
    ~Flush() = default;
  };

  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  int descriptor() const { return descriptor_; }

  void watch(int descriptor, std::uint32_t events, Watch& watch);
  void change(int descriptor, std::uint32_t events, Watch& watch);
  void unwatch(int descriptor, Watch& watch);

  /// Tells whoever is ready, one batch, without waiting.
  void dispatch();

  void flush_later(Flush& flush) { flushes_.push_back(&flush); }
  void forget(Flush& flush);
  /// False when there was nothing to flush.
  bool flush_all();

 private:
  int descriptor_;
  std::span<epoll_event> pending_;  ///< Of the batch being dispatched: what has not been told yet.
  std::vector<Flush*> flushes_;
};

}  // namespace carillon::net

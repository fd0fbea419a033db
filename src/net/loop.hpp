// SPDX-License-Identifier: GPL-3.0-or-later
// The real event loop: one thread waits for sockets, timers and posted work in one place. Asio stays behind it.
#pragma once

#include <memory>

#include "base/loop.hpp"

namespace carillon::net {

class Poller;

/// A Loop over one Asio io_context. Each batch of I/O is followed by one turn, so a completion never resumes a coroutine inline.
///
/// post() and stop() may be called from any thread, everything else from the thread that calls run() (before run(): the one that
/// made the loop). Who posts bounds what it has outstanding: a mailbox of a million entries is taken for a broken program and
/// aborts.
class AsioLoop final : public Loop {
 public:
  AsioLoop();
  ~AsioLoop() override;

  Monotonic now() const override;
  Instant wall() const override;
  void post(Work work) override;

  /// Turns until stop(). A stopped loop may be run again.
  void run();
  /// Makes run() return after the current turn; called before run(), it makes the next run() return after one turn.
  void stop();

  /// What net's own sockets hang on; of no use to anybody else.
  Poller& poller();

 protected:
  void wake_at(Monotonic when) override;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace carillon::net

// SPDX-License-Identifier: GPL-3.0-or-later
// Signals of the system as work of a loop: no handler ever runs inside something else.
#pragma once

#include <functional>
#include <initializer_list>

#include "base/loop.hpp"
#include "base/worker.hpp"

namespace carillon::roles {

/// Keeps SIGTERM, SIGINT, SIGHUP, SIGCHLD and SIGUSR2 from doing anything by themselves, and ignores SIGPIPE. At the start of
/// main, before the first thread, so that every thread inherits it.
void block_signals();

/// Tells of SIGTERM, SIGINT, SIGHUP and SIGCHLD on the loop. One per process, after block_signals().
class Signals {
 public:
  Signals(Loop& loop, std::function<void(int signal)> on_signal);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

 private:
  void wait();
  Loop& loop_;
  std::shared_ptr<std::function<void(int)>> on_signal_;  ///< Shared with work under way, which may outlive this object.
  Worker worker_;
};

}  // namespace carillon::roles

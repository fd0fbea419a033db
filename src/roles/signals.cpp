// SPDX-License-Identifier: GPL-3.0-or-later
// One thread waits for signals and posts them to the loop.
#include "roles/signals.hpp"

#include <csignal>

#include <unistd.h>

namespace carillon::roles {

namespace {

/// Ends the wait of Signals when it goes; nobody else sends it.
constexpr int farewell = SIGUSR2;

sigset_t signals_of_interest() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, farewell}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = signals_of_interest();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Signals::Signals(Loop& loop, std::function<void(int signal)> on_signal)
    : loop_(loop),
      on_signal_(std::make_shared<std::function<void(int)>>(std::move(on_signal))),
      worker_({.name = "signals", .capacity = 1}) {
  (void)worker_.submit([this] { wait(); });
}

Signals::~Signals() {
  kill(getpid(), farewell);
}

void Signals::wait() {
  const sigset_t set = signals_of_interest();
  while (true) {
    const int signal = sigwaitinfo(&set, nullptr);
    if (signal == farewell) return;
    if (signal < 0) continue;
    loop_.post([weak = std::weak_ptr(on_signal_), signal] {
      if (const auto on_signal = weak.lock()) (*on_signal)(signal);
    });
  }
}

}  // namespace carillon::roles

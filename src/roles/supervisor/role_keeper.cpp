// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a role's process as one story: start, watch, wait, start again.
#include "roles/supervisor/role_keeper.hpp"

#include <csignal>

#include <sys/wait.h>

#include "base/log.hpp"
#include "roles/supervisor/process.hpp"

namespace carillon::roles {

RoleKeeper::RoleKeeper(net::Network& network, Listener& listener, Options options)
    : loop_(network.loop()),
      listener_(listener),
      options_(std::move(options)),
      link_(network, options_.socket),
      changed_(loop_),
      restarts_("carillon_role_restarts_total", "Times that a role's process was started again", {{"role", options_.role}}),
      scope_(loop_, [](const Broken& broken) { assertion_failed(broken.what(), broken.file(), broken.line()); }) {}

RoleKeeper::~RoleKeeper() {
  if (pid_ == 0) return;
  signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void RoleKeeper::start() {
  scope_.spawn(keep());
}

void RoleKeeper::signal(int number) {
  if (pid_ != 0) ::kill(pid_, number);
}

void RoleKeeper::kill() {
  signal(SIGKILL);
}

void RoleKeeper::stop() {
  if (std::exchange(is_stopping_, true)) return;
  signal(SIGTERM);
  changed_.set();
}

void RoleKeeper::reap() {
  int status = 0;
  if (pid_ == 0 || waitpid(pid_, &status, WNOHANG) != pid_) return;
  pid_ = 0;
  changed_.set();
  const std::string how = describe_status(status);
  if (is_stopping_) {
    log::info("supervisor", "role.ended", {{"role", options_.role}, {"how", how}});
  } else {
    log::error("supervisor", "role.died", {{"role", options_.role}, {"how", how}});
  }
  listener_.on_role_died(*this, status);
}

void RoleKeeper::launch() {
  has_answered_ = false;
  auto started = options_.launch();
  if (started) {
    pid_ = *started;
    log::info("supervisor", "role.started", {{"role", options_.role}, {"pid", pid_}});
  } else {
    log::error("supervisor", "role.not_started", {{"role", options_.role}, {"error", started.error()}});
  }
}

Task<> RoleKeeper::keep() {
  while (!is_stopping_) {
    launch();
    if (pid_ != 0) co_await watch();
    if (pid_ != 0) co_await wait_for_end();
    if (is_stopping_) break;
    const Duration wait = policy_.died(loop_.now());
    restarts_.add();
    log::warning("supervisor", "role.restarting", {{"role", options_.role}, {"wait", wait}});
    if (wait > Duration::zero()) co_await pause(wait);
  }
  is_gone_ = true;
  listener_.on_role_gone(*this);
}

/// Pings until the process has ended or shall end.
Task<> RoleKeeper::watch() {
  constexpr Duration first_interval =
      200ms;  // Until it answers at all, so that hanging early is noticed as soon as hanging late.
  const Monotonic started = loop_.now();
  int missed = 0;
  while (pid_ != 0 && !is_stopping_) {
    const Duration interval = has_answered_ ? options_.ping_interval : first_interval;
    if (missed == 0 || !has_answered_) co_await pause(interval);
    if (pid_ == 0 || is_stopping_) break;
    auto pong = co_await link_.ask<control::Ping>(control::Nothing(), options_.ping_patience);
    if (pid_ == 0 || is_stopping_) break;
    missed = pong ? 0 : missed + 1;
    has_answered_ = has_answered_ || pong;
    const bool is_late = loop_.now() - started > options_.start_limit;
    const bool is_hung = has_answered_ ? missed >= options_.missed_max : is_late;
    if (!is_hung) continue;
    log::error("supervisor", "role.hung", {{"role", options_.role}, {"pid", pid_}, {"missed", missed}});
    signal(SIGKILL);
    co_await wait_for_end();
  }
}

/// The process has been told to end; sees to it that it does.
Task<> RoleKeeper::wait_for_end() {
  co_await pause(options_.stop_limit);
  if (pid_ != 0) {
    log::error("supervisor", "role.killed", {{"role", options_.role}, {"pid", pid_}});
    signal(SIGKILL);
  }
  while (pid_ != 0) co_await change();  // The kernel ends this wait.
}

Task<> RoleKeeper::change() {
  co_await changed_.wait();
}

/// Waits for `time`, or until something changes.
Task<> RoleKeeper::pause(Duration time) {
  (void)co_await with_deadline(loop_, time, change());
}

}  // namespace carillon::roles

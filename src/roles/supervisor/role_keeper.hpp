// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the process of one role running: starts it, pings it, kills it when it hangs, starts it again when it died, and ends it
// when the node stops.
#pragma once

#include <functional>
#include <string>

#include <sys/types.h>

#include "base/metrics.hpp"
#include "base/task.hpp"
#include "roles/control_socket.hpp"
#include "roles/supervisor/restart_policy.hpp"

namespace carillon::roles {

class RoleKeeper {
 public:
  struct Options {
    std::string role;
    std::string socket;                     ///< Where the role answers.
    std::function<Result<pid_t>()> launch;  ///< Starts its process.
    /// With these, a process that does nothing any more is noticed within five seconds (ruling 1).
    Duration ping_interval = 500ms;
    Duration ping_patience = 2s;
    int missed_max = 2;          ///< Pings in a row without an answer after which the process is killed.
    Duration start_limit = 60s;  ///< How long a new process may take before it answers its first ping.
    Duration stop_limit = 7s;    ///< From SIGTERM to SIGKILL.
  };

  /// Told what the keeper saw.
  class Listener {
   public:
    /// The process has ended; `status` as waitpid() gives it. It is started again unless the keeper has been stopped.
    virtual void on_role_died(RoleKeeper& keeper, int status) = 0;
    /// The keeper was stopped and its process is gone. Not called from within stop().
    virtual void on_role_gone(RoleKeeper& keeper) = 0;

   protected:
    ~Listener() = default;
  };

  /// Network and listener must outlive it. A process that still runs when the keeper goes is killed.
  RoleKeeper(net::Network& network, Listener& listener, Options options);
  RoleKeeper(const RoleKeeper&) = delete;
  RoleKeeper& operator=(const RoleKeeper&) = delete;
  ~RoleKeeper();

  void start();
  /// Looks whether the process has ended: call it on SIGCHLD.
  void reap();
  /// Ends the process for good: SIGTERM, SIGKILL after `stop_limit`.
  void stop();
  /// It has said that it is ready: from then on it answers pings in time, or it hangs.
  void note_ready() { has_answered_ = true; }
  void kill();  ///< SIGKILL; it is started again unless stopped.

  const std::string& role() const { return options_.role; }
  pid_t pid() const { return pid_; }  ///< 0 while there is no process.
  bool is_gone() const { return is_gone_; }
  bool is_unstable() const { return policy_.is_unstable(loop_.now()); }
  ControlLink& link() { return link_; }

 private:
  Task<> keep();
  Task<> watch();
  Task<> wait_for_end();
  Task<> change();
  Task<> pause(Duration time);
  void launch();
  void signal(int number);

  Loop& loop_;
  Listener& listener_;
  Options options_;
  ControlLink link_;
  RestartPolicy policy_;
  pid_t pid_ = 0;
  bool has_answered_ = false;  ///< This process, since it was started.
  bool is_stopping_ = false;
  bool is_gone_ = false;
  Signal changed_;  ///< The process has ended, or the keeper is being stopped.
  metrics::Counter restarts_;
  Scope scope_;  ///< Last: its task uses the others.
};

}  // namespace carillon::roles

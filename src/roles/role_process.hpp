// SPDX-License-Identifier: GPL-3.0-or-later
// What the process of every role does beside its work: answers the supervisor's pings, says how it is and what it counts, and
// stops when told.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/configuration.hpp"
#include "net/asio_network.hpp"
#include "roles/control_socket.hpp"
#include "roles/data_dir.hpp"
#include "roles/signals.hpp"

namespace carillon::roles {

/// Made in main of a role's process. The role adds its methods, listens, says set_ready() and calls run().
///
/// Answered already: ping (by this loop; a role with several threads answers it anew, when all have turned), health, metrics
/// (metrics::Registry::process()), reload (does nothing).
class RoleProcess {
 public:
  /// Opens `run/<role>.sock`. Configuration must outlive it.
  static Result<std::unique_ptr<RoleProcess>> start(std::string role, const Configuration& configuration);
  RoleProcess(const RoleProcess&) = delete;
  RoleProcess& operator=(const RoleProcess&) = delete;

  const Configuration& configuration() const { return configuration_; }
  const DataDir& data() const { return data_; }
  net::AsioLoop& loop() { return loop_; }
  net::AsioNetwork& network() { return network_; }
  control::Methods& methods() { return methods_; }

  /// What /readyz tells; not ready until this is called.
  void set_ready() { not_ready_.clear(); }
  void set_not_ready(std::string reason) { not_ready_ = std::move(reason); }

  /// Called when the process shall end: let new work stop, then call finish(). Without it the process ends at once.
  void on_stop(std::function<void()> stop) { stop_ = std::move(stop); }
  void finish() { loop_.stop(); }

  /// Turns until SIGTERM or finish().
  void run();

 private:
  RoleProcess(std::string role, const Configuration& configuration);
  void answer_basics();
  void on_signal(int signal);

  std::string role_;
  const Configuration& configuration_;
  DataDir data_;
  net::AsioLoop loop_;
  net::AsioNetwork network_;
  control::Methods methods_;
  std::string not_ready_ = "is starting";
  std::function<void()> stop_;
  bool is_stopping_ = false;
  std::unique_ptr<ControlServer> server_;
  std::unique_ptr<Signals> signals_;
};

}  // namespace carillon::roles

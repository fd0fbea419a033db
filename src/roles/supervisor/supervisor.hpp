// SPDX-License-Identifier: GPL-3.0-or-later
// The node as a whole: one process per role, kept running; one answer to "is it ready" and one set of metrics for all of them;
// one clean end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/asio_network.hpp"
#include "net/http_server.hpp"
#include "roles/data_dir.hpp"
#include "roles/signals.hpp"
#include "roles/supervisor/role_keeper.hpp"
#include "roles/supervisor/service_manager.hpp"

namespace carillon::roles {

class Supervisor final : RoleKeeper::Listener, net::HttpHandler {
 public:
  struct Options {
    DataDir data;
    std::vector<std::string> roles;
    std::vector<net::Address> metrics;  ///< Where /metrics, /healthz and /readyz are served.
    /// Starts the process of a role.
    std::function<Result<pid_t>(const std::string& role)> launch;
    /// Called once, when every role has said that it is ready.
    std::function<void()> on_ready;
    ServiceManager service_manager{};  ///< Told that the node is ready, alive, and stops.
    Duration ping_interval = 500ms;
    Duration stop_limit = 10s;  ///< Of the whole node.
  };

  /// Listens; nothing is started yet.
  static Result<std::unique_ptr<Supervisor>> make(Options options);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  /// Starts the roles and keeps them until SIGTERM, SIGINT or SIGHUP, one more of which, later than a second after it, kills.
  /// False when a role could not start at all: it ended with an error before the node was ever ready.
  bool run();

  /// Where metrics are served, with the real ports.
  const std::vector<net::Address>& metrics_addresses() const { return metrics_addresses_; }

 private:
  explicit Supervisor(Options options);
  Result<> listen();

  void on_role_died(RoleKeeper& keeper, int status) override;
  void on_role_gone(RoleKeeper& keeper) override;
  void on_request(net::HttpRequest request, net::HttpRespond respond) override;
  void on_signal(int number);

  void stop();
  void continue_stopping();
  void tell_alive();
  Task<> announce();
  /// What keeps the node from being ready; empty when nothing does.
  Task<std::string> find_obstacles();
  Task<std::string> collect_metrics();
  Task<> answer(std::string path, net::HttpRespond respond);

  Options options_;
  net::AsioLoop loop_;
  net::AsioNetwork network_;
  std::vector<std::unique_ptr<RoleKeeper>> keepers_;
  net::HttpServer http_;
  std::vector<net::Address> metrics_addresses_;
  std::unique_ptr<Signals> signals_;
  Timer tell_alive_;
  bool was_ready_ = false;
  bool is_stopping_ = false;
  Monotonic stopping_since_;
  bool has_failed_ = false;
  Scope scope_;
};

}  // namespace carillon::roles

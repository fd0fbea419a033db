// SPDX-License-Identifier: GPL-3.0-or-later
// What `serve` and `demo` share: a prepared data directory, the processes of all roles, and their configuration frozen for as
// long as the node runs.
#pragma once

#include <functional>
#include <vector>

#include "base/configuration.hpp"
#include "main/command_line.hpp"
#include "net/network.hpp"
#include "store/database.hpp"

namespace carillon::main {

struct Node {
  const Configuration& configuration;
  Settings settings;  ///< What `configuration` was made from.
  std::vector<std::string> roles;
  bool is_demo = false;
  /// Told the addresses of /metrics once every role is ready.
  std::function<void(const std::vector<net::Address>& metrics)> on_ready;
};

/// Brings the schema up to date and makes a certificate where none is configured. `access`: whether a missing database is made.
Result<std::unique_ptr<store::Database>> prepare_data(const Configuration& configuration, store::Access access);

/// Runs until a signal ends it; the data directory is locked and prepared. Returns the exit status.
int run_node(const Node& node);

/// The numeric addresses of a key with a port.
std::vector<net::Address> addresses_of(const Configuration& configuration, std::string_view key, std::string_view port_key);

}  // namespace carillon::main

// SPDX-License-Identifier: GPL-3.0-or-later
// A call waits for the connection by which it will go.
#pragma once

#include "agent/agent.hpp"
#include "base/task.hpp"

namespace carillon::trunk {

/// How long a connection may take to be there: as long as a server may say nothing at all (reliability R-09), and a little for
/// those who hand it over.
constexpr Duration connection_patience = 5s;

/// As agent::Streams::connect() has it. The agent outlives the task.
Task<Result<net::Flow>> open_connection(agent::Agent& agent, agent::Way way);

}  // namespace carillon::trunk

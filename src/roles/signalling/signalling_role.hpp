// SPDX-License-Identifier: GPL-3.0-or-later
// The signalling process: one shard on real sockets, its journal, and the configuration that follows the database.
#pragma once

#include "base/configuration.hpp"

namespace carillon::roles {

/// Runs until it is told to stop. Returns the process's exit status.
int run_signalling(const Configuration& configuration);

}  // namespace carillon::roles

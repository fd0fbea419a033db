// SPDX-License-Identifier: GPL-3.0-or-later
// The jobs process: call records from the journal to the database.
#pragma once

#include "base/configuration.hpp"

namespace carillon::roles {

/// Runs until it is told to stop. Returns the process's exit status.
int run_jobs(const Configuration& configuration);

}  // namespace carillon::roles

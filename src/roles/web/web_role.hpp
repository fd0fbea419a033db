// SPDX-License-Identifier: GPL-3.0-or-later
// The web process: HTTPS with the REST API.
#pragma once

#include "base/configuration.hpp"

namespace carillon::roles {

/// Runs until it is told to stop. `is_demo`: the database holds hashes of the cheap kind that demo data have. Returns the
/// process's exit status.
int run_web(const Configuration& configuration, bool is_demo);

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
// The media process: relay threads on real sockets, each behind a control socket of its own.
#pragma once

#include "base/configuration.hpp"

namespace carillon::roles {

/// Runs until it is told to stop. Returns the process's exit status.
int run_media(const Configuration& configuration);

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
// How many shards this node runs: signalling has a thread for each, media a relay for each.
#pragma once

#include "base/configuration.hpp"

namespace carillon::roles {

/// `signalling.shards`; 0 means one less than there are cores, at least one.
unsigned shard_count(const Configuration& configuration);

}  // namespace carillon::roles

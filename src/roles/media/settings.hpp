// SPDX-License-Identifier: GPL-3.0-or-later
// What the operator's file says to the relay.
#pragma once

#include "base/configuration.hpp"
#include "media/engine.hpp"

namespace carillon::roles {

/// One thread's share: `worker` of `workers`, each with its own slice of the port range. Fails when the range is too small.
Result<media::Engine::Config> read_media_settings(const Configuration& configuration, unsigned worker, unsigned workers);

/// As many relay threads as there are signalling shards: a shard's calls share one thread.
unsigned media_workers(const Configuration& configuration);

}  // namespace carillon::roles

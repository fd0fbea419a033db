// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/shard_count.hpp"

#include <unistd.h>

namespace carillon::roles {

unsigned shard_count(const Configuration& configuration) {
  const std::int64_t shards = configuration.integer("signalling.shards");
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return static_cast<unsigned>(std::max<std::int64_t>(1, shards > 0 ? shards : cores - 1));
}

}  // namespace carillon::roles

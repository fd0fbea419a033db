// SPDX-License-Identifier: GPL-3.0-or-later
// What others may ask a signalling process: who is registered, who talks, and to end a call.
#pragma once

#include "control/server.hpp"
#include "roles/signalling/shard.hpp"

namespace carillon::roles {

/// The shard outlives the methods.
void answer_live_methods(control::Methods& methods, Shard& shard);

}  // namespace carillon::roles

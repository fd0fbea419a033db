// SPDX-License-Identifier: GPL-3.0-or-later
// What others may ask a signalling process: who is registered, who talks, and to end a call.
#pragma once

#include "control/server.hpp"
#include "roles/signalling/shards.hpp"

namespace carillon::roles {

/// The shards outlive the methods.
void answer_live_methods(control::Methods& methods, Shards& shards);

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
// Calling a person: all devices of the user's terminal ring, and the first to answer talks.
#pragma once

#include "pbx/targets.hpp"

namespace carillon::pbx {

/// Suspends until the conversation is over, or nobody answered and the call's ending says why.
Task<> enter_user(call::Call& call, Arrival arrival);

}  // namespace carillon::pbx

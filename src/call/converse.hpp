// SPDX-License-Identifier: GPL-3.0-or-later
// The time between answer and hang-up: whatever one side asks of the session (hold, resume, another codec) is asked of the other.
#pragma once

#include "base/task.hpp"
#include "call/call.hpp"

namespace carillon::call {

/// Joins the caller with the leg that answered: journal first, then the 200 (ruling 2). Then relays until the callee hangs up or
/// the call has lasted its longest; when the caller hangs up, the call cancels this task. The record's ending is set.
Task<> converse(Call& call, Leg& callee);

/// The same from where both are connected.
Task<> go_on_conversing(Call& call);

}  // namespace carillon::call

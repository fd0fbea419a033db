// SPDX-License-Identifier: GPL-3.0-or-later
// The story of a call from a subscriber, from what was dialled to the end.
#pragma once

#include "base/task.hpp"
#include "call/call.hpp"

namespace carillon::pbx {

/// Decides where the dialled number leads (`dialplan`) and goes there.
Task<> dial(call::Call& call);

}  // namespace carillon::pbx

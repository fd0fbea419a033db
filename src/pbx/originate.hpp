// SPDX-License-Identifier: GPL-3.0-or-later
// Click to dial: the caller's own devices ring first, and the one that answers calls as if the number had been dialled on it.
#pragma once

#include "base/task.hpp"
#include "call/call.hpp"

namespace carillon::pbx {

/// The story of Call::originate(). The record is that of the dialled call; if nobody answers the own devices it says `cancel`, as
/// nobody was called.
Task<> originate(call::Call& call);

}  // namespace carillon::pbx

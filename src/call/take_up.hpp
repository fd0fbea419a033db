// SPDX-License-Identifier: GPL-3.0-or-later
// A call goes on in another process than the one that answered it (ruling 3): its dialogs, its ports and its clock are where they
// were, and both telephones are asked whether they are still there.
#pragma once

#include "base/task.hpp"
#include "call/call.hpp"

namespace carillon::call {

/// The story of a call made by Call::take_up().
Task<> resume(Call& call);

}  // namespace carillon::call

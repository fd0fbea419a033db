// SPDX-License-Identifier: GPL-3.0-or-later
// What a number can lead to. Each kind of target is one file that tells what happens to a caller who gets there.
#pragma once

#include "base/task.hpp"
#include "call/call.hpp"
#include "directory/snapshot.hpp"

namespace carillon::pbx {

/// Where a caller has got to.
struct Arrival {
  directory::Target target;
  const directory::Extension* extension = nullptr;  ///< The number that led here.
};

/// Brings the call to a target; the story of that kind. The call's ending is set when nobody answered.
Task<> enter(call::Call& call, Arrival arrival);

}  // namespace carillon::pbx

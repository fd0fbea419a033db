// SPDX-License-Identifier: GPL-3.0-or-later
// Calling an account: all its devices ring, and the first to answer talks; behind a PBX the number that was called.
#pragma once

#include "pbx/targets.hpp"

namespace carillon::pbx {

/// A number that leads to an account itself. Suspends as ring_terminal() does.
Task<> enter_terminal(call::Call& call, Arrival arrival);

/// Suspends until the conversation is over, or nobody answered and the call's ending says why. `display`: who is called.
Task<> ring_terminal(call::Call& call, const directory::Terminal& terminal, std::string_view display);

}  // namespace carillon::pbx

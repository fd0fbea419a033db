// SPDX-License-Identifier: GPL-3.0-or-later
// Where imagined calls would go, for whoever asks by the control channel.
#pragma once

#include "control/methods.hpp"
#include "directory/snapshot.hpp"

namespace carillon::roles {

/// Error: `not_found`, when there is nobody who could make that call, of those whom the one who asks may ask about.
Result<control::CallStory> tell_story(const directory::Snapshot& snapshot, const control::CallsExplain::Params& params,
                                      Instant now);

}  // namespace carillon::roles

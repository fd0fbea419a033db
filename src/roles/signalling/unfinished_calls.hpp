// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that a killed signalling process left behind: those that were answered can be taken up again; each other gets its end in
// the journal, so that it becomes one record like every call.
#pragma once

#include "journal/writer.hpp"

namespace carillon::roles {

/// The end of a call that cannot be taken up: failed, flagged as broken, when it was last known to be alive.
journal::Ended end_of(const journal::UnfinishedCall& call);

/// Of the open calls of a journal that was just opened: those that were answered, the later ones first. The others are ended,
/// durably.
Result<std::vector<journal::UnfinishedCall>> sort_unfinished_calls(journal::Writer& journal);

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that a killed signalling process left behind: those that were answered can be taken up again; each other gets its end in
// the journal, so that it becomes one record like every call, and its telephones are told.
#pragma once

#include "journal/writer.hpp"

namespace carillon::roles {

/// The end of a call that cannot be taken up: failed, flagged as broken, when it was last known to be alive.
journal::Ended end_of(const journal::UnfinishedCall& call);

struct UnfinishedCalls {
  std::vector<journal::UnfinishedCall> answered;  ///< The later ones first.
  std::vector<journal::UnfinishedCall> ended;     ///< Nobody had answered them.
};

/// The open calls of a journal that was just opened. Those that nobody had answered are ended in it, durably.
Result<UnfinishedCalls> sort_unfinished_calls(journal::Writer& journal);

}  // namespace carillon::roles

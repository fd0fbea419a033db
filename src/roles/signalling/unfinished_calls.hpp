// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that a killed signalling process left behind, and that this version cannot take up again: each gets its end in the
// journal, so that it becomes one record like every other.
#pragma once

#include "journal/writer.hpp"

namespace carillon::roles {

/// The end of such a call: failed, flagged as broken, when it was last known to be alive.
journal::Ended end_of(const journal::Writer::Unfinished& call);

/// Writes the end of every open call of a journal that was just opened, durably, and returns how many there were.
Result<std::size_t> end_unfinished_calls(journal::Writer& journal);

}  // namespace carillon::roles

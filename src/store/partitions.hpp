// SPDX-License-Identifier: GPL-3.0-or-later
// Where a database has partitions, call records lie in one per month: old months can go as a whole, and new ones stay small.
#pragma once

#include "base/time.hpp"
#include "store/database.hpp"

namespace carillon::store {

/// Makes the partitions of this month and the next three where they are missing; nothing for SQLite. A month that has calls
/// already, since it was not made in time, stays in the partition of all others.
Result<> make_call_partitions(Database& database, Instant now);

}  // namespace carillon::store

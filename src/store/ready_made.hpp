// SPDX-License-Identifier: GPL-3.0-or-later
// What every brand begins with, and brands of before get when the platform starts.
#pragma once

#include <functional>
#include <string_view>

#include "base/id.hpp"
#include "model/entities.hpp"
#include "store/table.hpp"

namespace carillon::store {

/// Inserts a row under a fresh id behind `next`, by an Inserter that ignores what is there. False when something else than the
/// id keeps it out: the brand has one like it.
template <class T>
Result<bool> insert_ready_made(Database& database, Inserter& inserter, T& row, Instant& next) {
  constexpr int tries = 3;  // An id that somebody has already is not taken.
  for (int i = 0; i < tries; ++i) {
    row.id = {make_entity_id(next += std::chrono::milliseconds(1))};
    CARILLON_CHECK(inserter.insert(row));
    if (database.changed_rows() > 0) return true;
  }
  return false;
}

/// Calls `make` for each brand whose id `select` finds, in one transaction, and tells of them. How many there were.
Result<int> make_missing(Database& database, std::string_view select, const std::function<Result<>(Id<model::Brand>)>& make);

}  // namespace carillon::store

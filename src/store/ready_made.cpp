// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/ready_made.hpp"

#include <vector>

#include "store/edit.hpp"

namespace carillon::store {

namespace {

Result<std::vector<Id<model::Brand>>> brands_by(Database& database, std::string_view select) {
  CARILLON_TRY(rows, database.prepare(select));
  std::vector<Id<model::Brand>> brands;
  while (true) {
    CARILLON_TRY(more, rows->step());
    if (!more) return brands;
    brands.push_back({rows->integer(0)});
  }
}

}  // namespace

Result<int> make_missing(Database& database, std::string_view select, const std::function<Result<>(Id<model::Brand>)>& make) {
  CARILLON_TRY(seen, brands_by(database, select));
  if (seen.empty()) return 0;
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_CHECK(database.lock_schema());  // Another start may be at it.
  CARILLON_TRY(brands, brands_by(database, select));
  std::vector<Change> changes;
  for (const Id<model::Brand> brand : brands) {
    CARILLON_CHECK(make(brand));
    changes.push_back({0, brand, {}, "brands", brand.value});
  }
  if (!changes.empty()) CARILLON_CHECK(publish(database, changes));
  CARILLON_CHECK(transaction.commit());
  return static_cast<int>(brands.size());
}

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// Partitions are named calls_YYYY_MM, after the month in UTC.
#include "store/partitions.hpp"

#include "base/log.hpp"

namespace carillon::store {
namespace {

using std::chrono::year_month;

std::int64_t begin_of(year_month month) {
  return Instant(std::chrono::sys_days(month / 1)).time_since_epoch().count();
}

/// DDL takes no bound values: these are numbers of ours.
Result<> make_partition(Database& database, year_month month) {
  const std::string name = fmt::format("calls_{:04}_{:02}", int(month.year()), unsigned(month.month()));
  CARILLON_TRY(is_there, database.has_table(name));
  if (is_there) return {};
  return database.execute(
      fmt::format("CREATE TABLE {} PARTITION OF calls FOR VALUES FROM ({}) TO ({}); "
                  "ALTER TABLE {} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
                  name, begin_of(month), begin_of(month + std::chrono::months(1)), name));
}

}  // namespace

Result<> make_call_partitions(Database& database, Instant now) {
  constexpr int ahead = 3;
  if (database.kind() != DatabaseKind::postgresql) return {};
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  for (int month = 0; month <= ahead; ++month) {
    auto made = make_partition(database, today.year() / today.month() + std::chrono::months(month));
    if (made) continue;
    // The month has calls already.
    if (!made.error().is(Fault::constraint)) return made;
    log::warning("store", "partition.late", {{"month", month}, {"error", made.error()}});
  }
  return {};
}

}  // namespace carillon::store

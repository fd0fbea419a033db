// SPDX-License-Identifier: GPL-3.0-or-later
// Applying migrations one by one, each under the write lock.
#include "store/migrations.hpp"

#include "base/assert.hpp"

namespace carillon::store {
namespace {

constexpr std::string_view create_table =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number bigint PRIMARY KEY, name text NOT NULL)";

/// Applies the first of `all` that is missing; false when none is.
Result<bool> migrate_one(Database& database, std::span<const Migration> all) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_CHECK(database.lock_schema());
  CARILLON_TRY(done, schema_number(database));
  const auto next = std::ranges::find_if(all, [&](const Migration& migration) { return migration.number > done; });
  if (next == all.end()) return false;
  CARILLON_CHECK(database.execute(create_table));
  const std::string_view own = database.kind() == DatabaseKind::postgresql ? next->postgresql : next->sqlite;
  for (const std::string_view sql : {next->sql, own})
    if (!sql.empty()) CARILLON_CHECK(database.execute(sql));
  CARILLON_TRY(insert, database.prepare("INSERT INTO schema_migrations (number, name) VALUES (?, ?)"));
  insert->bind(1, std::int64_t{next->number});
  insert->bind(2, next->name);
  CARILLON_CHECK(insert->run());
  CARILLON_CHECK(transaction.commit());
  return true;
}

}  // namespace

Result<int> schema_number(Database& database) {
  CARILLON_TRY(exists, database.has_table("schema_migrations"));
  if (!exists) return 0;
  CARILLON_TRY(last, database.prepare("SELECT max(number) FROM schema_migrations"));
  CARILLON_CHECK(last->step());
  return static_cast<int>(last->integer(0));
}

Result<int> migrate(Database& database, std::span<const Migration> all) {
  CARILLON_ASSERT(!all.empty() && std::ranges::is_sorted(all, {}, &Migration::number));
  CARILLON_TRY(before, schema_number(database));
  if (before > all.back().number) {
    return failure(Fault::newer_schema,
                   fmt::format("The database has migration {}, this release knows {}: install the newer release.", before,
                               all.back().number));
  }
  int count = 0;
  for (std::size_t round = 0; round <= all.size(); ++round) {
    CARILLON_TRY(is_applied, migrate_one(database, all));
    if (!is_applied) break;
    ++count;
  }
  return count;
}

Result<int> migrate(Database& database) {
  return migrate(database, migrations());
}

Result<> check_schema(Database& database) {
  CARILLON_TRY(number, schema_number(database));
  if (number < migrations().back().number) {
    return failure(Fault::not_migrated,
                   "The database is older than this program: start it with carillon serve or carillon init.");
  }
  return {};
}

}  // namespace carillon::store

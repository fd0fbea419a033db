// SPDX-License-Identifier: GPL-3.0-or-later
// Brings the schema up to date: the files of migrations/, compiled in, applied once each and in order.
#pragma once

#include <span>

#include "store/database.hpp"

namespace carillon::store {

struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;
  std::string_view sqlite = {};      ///< What SQLite alone gets behind it.
  std::string_view postgresql = {};  ///< And PostgreSQL.
};

/// All migrations of this release, ascending.
std::span<const Migration> migrations();

/// Applies what is missing, each in a transaction of its own that holds the write lock, so that two starts at once are one after
/// the other. Only the supervisor and `carillon init` call it. Fails with `newer_schema` when the database knows more than this
/// release.
Result<int> migrate(Database& database);
Result<int> migrate(Database& database, std::span<const Migration> all);

/// The number of the last migration that was applied; 0 for a database that has none.
Result<int> schema_number(Database& database);

/// `not_migrated` unless the schema is at least this release's: what every role checks at start. A newer schema is fine, since
/// the previous release can still read.
Result<> check_schema(Database& database);

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// SQL behind one interface, so that the embedded and the big database share every line above the driver. Synchronous: used by
// worker threads and start-up, never by a loop thread. A Database belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace carillon::store {

enum class Fault {
  open,          ///< The database cannot be opened.
  busy,          ///< Somebody else wrote for longer than 5 s.
  constraint,    ///< A rule of the schema: a name twice, a reference to nothing, something still in use, a value that cannot be.
  read_only,     ///< A write through a read-only connection, or a file system that refuses it.
  full,          ///< The disk is full.
  corrupt,       ///< The file is damaged.
  sql,           ///< Any other error of the database.
  not_found,     ///< No such row in this scope.
  bad_query,     ///< An unknown field or a value that does not fit it.
  newer_schema,  ///< A later release has migrated this database.
  not_migrated,  ///< The database is older than this program, or empty.
  unsupported,   ///< A database this version does not know.
  invalid        ///< The object breaks a rule of its declaration.
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"store.open",      "store.busy",         "store.constraint",   "store.read_only",
                                        "store.full",      "store.corrupt",      "store.sql",          "store.not_found",
                                        "store.bad_query", "store.newer_schema", "store.not_migrated", "store.unsupported",
                                        "store.invalid"};
  return names[static_cast<std::size_t>(fault)];
}

/// A prepared statement. Parameters are written `?` and counted from 1, columns from 0.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual void bind(int parameter, std::int64_t value) = 0;
  virtual void bind(int parameter, std::string_view value) = 0;  ///< The text is copied.
  virtual void bind_null(int parameter) = 0;

  /// Goes to the next row; false when there is none. The first call runs the statement.
  virtual Result<bool> step() = 0;
  /// Back to before the first step. Parameters keep their values.
  virtual void reset() = 0;

  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;   ///< 0 when null.
  virtual std::string_view text(int column) const = 0;  ///< Empty when null; lives until the next step() or reset().

  /// Runs a statement that returns no rows, from the start, and resets it.
  Result<> run();
};

class Database {
 public:
  virtual ~Database() = default;
  virtual Result<std::unique_ptr<Statement>> prepare(std::string_view sql) = 0;
  /// Runs one or several statements without parameters.
  virtual Result<> execute(std::string_view sql) = 0;
  virtual Result<bool> has_table(std::string_view name) = 0;
  /// Rows changed by the last INSERT, UPDATE or DELETE.
  virtual std::int64_t changed_rows() const = 0;
  /// Begins a transaction: `write` takes the write lock at once; reading ones see one state throughout.
  virtual Result<> begin(bool write) = 0;
  /// Undoes the transaction, if one is open. It cannot fail: what the database cannot undo now it undoes when it is next opened.
  virtual void rollback() = 0;
};

/// Rolls back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin_write(Database& database) { return begin(database, true); }
  static Result<Transaction> begin_read(Database& database) { return begin(database, false); }
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  static Result<Transaction> begin(Database& database, bool write);
  Database* database_;
};

/// `create` makes the file when it is missing: for migrations and `init`.
enum class Access { read, write, create };

/// Opens what `database.url` names: "sqlite:carillon.db" (relative to the data directory) or, in a later version,
/// "postgresql://…".
Result<std::unique_ptr<Database>> open(std::string_view url, const std::filesystem::path& data_dir, Access access);

}  // namespace carillon::store

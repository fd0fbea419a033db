// SPDX-License-Identifier: GPL-3.0-or-later
// SQL behind one interface, so that the embedded and the big database share every line above the driver. Synchronous: used by
// worker threads and start-up, never by a loop thread. A Database belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "store/scope.hpp"

namespace carillon::store {

enum class Fault {
  open,          ///< The database cannot be opened.
  away,          ///< The connection is broken, or the server did not answer: this Database is of no use any more, another may be.
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
  invalid,       ///< The object breaks a rule of its declaration.
  in_use,        ///< Other objects refer to it.
  stale,         ///< Somebody changed it meanwhile.
  key_used       ///< The key of a request that made something else.
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {
      "store.open",        "store.away",    "store.busy",      "store.constraint", "store.read_only",    "store.full",
      "store.corrupt",     "store.sql",     "store.not_found", "store.bad_query",  "store.newer_schema", "store.not_migrated",
      "store.unsupported", "store.invalid", "store.in_use",    "store.stale",      "store.key_used"};
  return names[static_cast<std::size_t>(fault)];
}

/// What a database is. Only drivers, migrations and partitions have to know.
enum class DatabaseKind { sqlite, postgresql };

/// A column of a result.
struct Column {
  std::string name;
  bool is_integer = false;  ///< Else text.
};

/// A prepared statement. It may be found wrong when prepared or when first run, as the database likes. Parameters are written `?`
/// and counted from 1, columns from 0.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual void bind(int parameter, std::int64_t value) = 0;
  virtual void bind(int parameter, std::string_view value) = 0;  ///< The text is copied.
  virtual void bind_null(int parameter) = 0;
  void bind_id(int parameter, std::int64_t id);       ///< Null when it is 0: there is none.
  void bind_instant(int parameter, Instant instant);  ///< In microseconds; null when it is none yet.

  /// Goes to the next row; false when there is none. The first call runs the statement.
  virtual Result<bool> step() = 0;
  /// Back to before the first step. Parameters keep their values.
  virtual void reset() = 0;

  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;   ///< 0 when null.
  virtual std::string_view text(int column) const = 0;  ///< Empty when null; lives until the next step() or reset().
  /// What the rows consist of, once step() was called.
  virtual std::vector<Column> columns() const = 0;

  /// Runs a statement that returns no rows, from the start, and resets it.
  Result<> run();
};

class Database {
 public:
  virtual ~Database() = default;
  virtual DatabaseKind kind() const = 0;
  /// Whether it has to be opened anew: a server went away, or did not answer in time.
  virtual bool is_broken() const = 0;
  /// Lets the statements that follow see and write the rows of this scope alone, whatever they ask for; {} is the platform.
  /// Outside transactions. PostgreSQL shows a connection that was never confined nothing; SQLite, whose tenants the predicates of
  /// table.hpp alone keep apart, takes no notice.
  virtual Result<> confine(const Scope& scope) = 0;
  /// Lets the statements of `look` see the rows of all brands, in the transaction of a connection that is confined: for what must
  /// hold across brands. What it finds is nobody's to be told. May be nested.
  virtual Result<> look_beyond(const std::function<Result<>()>& look) = 0;
  /// `unsupported` when the database would not hold tenants apart by itself although its kind can: see confine().
  virtual Result<> check_walls() = 0;
  virtual Result<std::unique_ptr<Statement>> prepare(std::string_view sql) = 0;
  /// Runs one or several statements without parameters.
  virtual Result<> execute(std::string_view sql) = 0;
  virtual Result<bool> has_table(std::string_view name) = 0;
  /// Rows changed by the last INSERT, UPDATE or DELETE.
  virtual std::int64_t changed_rows() const = 0;
  /// Begins a transaction. Reading ones see one state throughout. A write to SQLite takes its one write lock at once; PostgreSQL
  /// lets several write, and each sees what the others have committed before each of its statements.
  virtual Result<> begin(bool write) = 0;
  /// Makes this write transaction the only one that changes the schema or fills the whole database, and lets its statements take
  /// as long as they need.
  virtual Result<> lock_schema() = 0;
  virtual Result<> commit() = 0;
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

/// Opens what `database.url` names: "sqlite:carillon.db" (relative to the data directory) or "postgresql://…", a server, where
/// `read` and `write` differ in what the connection lets through alone, and which must be confined first. No error says the
/// password.
Result<std::unique_ptr<Database>> open(std::string_view url, const std::filesystem::path& data_dir, Access access);

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// The driver for SQLite. Its errors become ours here; nothing of its API shows outside this file.
#include "store/sqlite.hpp"

#include <sqlite3.h>

#include "base/assert.hpp"

namespace carillon::store {
namespace {

constexpr int busy_timeout_ms = 5000;

Fault fault_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fault::busy;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return Fault::constraint;
    case SQLITE_READONLY:
      return Fault::read_only;
    case SQLITE_FULL:
      return Fault::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fault::corrupt;
    case SQLITE_CANTOPEN:
      return Fault::open;
    default:
      return Fault::sql;
  }
}

std::unexpected<Error> sqlite_failure(sqlite3* handle, int code) {
  return failure(fault_of(code), handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle));
}

class SqliteStatement final : public Statement {
 public:
  SqliteStatement(sqlite3* handle, sqlite3_stmt* statement) : handle_(handle), statement_(statement) {}
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;
  ~SqliteStatement() override { sqlite3_finalize(statement_); }

  void bind(int parameter, std::int64_t value) override { check(sqlite3_bind_int64(statement_, parameter, value)); }
  void bind(int parameter, std::string_view value) override {
    const char* data = value.empty() ? "" : value.data();
    check(sqlite3_bind_text64(statement_, parameter, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }
  void bind_null(int parameter) override { check(sqlite3_bind_null(statement_, parameter)); }

  Result<bool> step() override {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    auto error = sqlite_failure(handle_, code);
    sqlite3_reset(statement_);
    return error;
  }
  void reset() override { sqlite3_reset(statement_); }

  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string_view text(int column) const override {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  std::vector<Column> columns() const override {
    std::vector<Column> all;
    for (int i = 0; i < sqlite3_column_count(statement_); ++i) {
      const char* type = sqlite3_column_decltype(statement_, i);
      all.push_back({sqlite3_column_name(statement_, i), type != nullptr && sqlite3_stricmp(type, "text") != 0});
    }
    return all;
  }

 private:
  /// Binding fails for parameters that the statement does not have: our own fault.
  static void check(int code) { CARILLON_ASSERT(code == SQLITE_OK); }

  sqlite3* handle_;
  sqlite3_stmt* statement_;
};

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {}
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;
  ~SqliteDatabase() override { sqlite3_close_v2(handle_); }

  DatabaseKind kind() const override { return DatabaseKind::sqlite; }
  bool is_broken() const override { return false; }
  Result<> confine(const Scope&) override { return {}; }
  Result<> look_beyond(const std::function<Result<>()>& look) override { return look(); }
  Result<> check_walls() override { return {}; }

  Result<std::unique_ptr<Statement>> prepare(std::string_view sql) override {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr);
    if (code != SQLITE_OK) return sqlite_failure(handle_, code);
    return std::make_unique<SqliteStatement>(handle_, statement);
  }

  Result<> execute(std::string_view sql) override {
    const int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_failure(handle_, code);
    return {};
  }

  Result<bool> has_table(std::string_view name) override {
    CARILLON_TRY(statement, prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?"));
    statement->bind(1, name);
    CARILLON_CHECK(statement->step());
    return statement->integer(0) > 0;
  }

  std::int64_t changed_rows() const override { return sqlite3_changes64(handle_); }

  Result<> begin(bool write) override {
    if (write) return execute("BEGIN IMMEDIATE");
    // The first read fixes the state that a deferred transaction sees; do it now.
    CARILLON_CHECK(execute("BEGIN"));
    auto fixed = execute("SELECT count(*) FROM sqlite_schema");
    if (!fixed) rollback();
    return fixed;
  }

  Result<> lock_schema() override { return {}; }  // Its write lock is the only one.
  Result<> commit() override { return execute("COMMIT"); }
  void rollback() override { sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr); }

 private:
  sqlite3* handle_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file, Access access) {
  int flags = SQLITE_OPEN_NOMUTEX;
  if (access == Access::read)
    flags |= SQLITE_OPEN_READONLY;
  else
    flags |= SQLITE_OPEN_READWRITE;
  if (access == Access::create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  auto database = std::make_unique<SqliteDatabase>(handle);
  if (code != SQLITE_OK) return failure(Fault::open, fmt::format("Cannot open {}: {}", file.string(), sqlite3_errstr(code)));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  CARILLON_CHECK(database->execute("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY"));
  if (access != Access::read) CARILLON_CHECK(database->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
  return database;
}

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// What all drivers share: choosing one, transactions that undo themselves.
#include "store/database.hpp"

#include "store/postgresql.hpp"
#include "store/sqlite.hpp"

namespace carillon::store {

void Statement::bind_id(int parameter, std::int64_t id) {
  if (id == 0)
    bind_null(parameter);
  else
    bind(parameter, id);
}

void Statement::bind_instant(int parameter, Instant instant) {
  if (instant == Instant{})
    bind_null(parameter);
  else
    bind(parameter, instant.time_since_epoch().count());
}

Result<> Statement::run() {
  reset();
  auto result = step();
  reset();
  if (!result) return std::unexpected(std::move(result).error());
  return {};
}

Result<Transaction> Transaction::begin(Database& database, bool write) {
  CARILLON_CHECK(database.begin(write));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) database_->rollback();
}

Result<> Transaction::commit() {
  CARILLON_CHECK(database_->commit());
  database_ = nullptr;
  return {};
}

Result<std::unique_ptr<Database>> open(std::string_view url, const std::filesystem::path& data_dir, Access access) {
  constexpr std::string_view sqlite = "sqlite:";
  if (url.starts_with(sqlite)) return open_sqlite(data_dir / url.substr(sqlite.size()), access);
  if (url.starts_with("postgresql://")) return open_postgresql(url, access);
  return failure(Fault::unsupported, fmt::format("database.url must begin with sqlite: or postgresql://, not \"{}\".",
                                                 url.substr(0, url.find(':') + 1)));
}

}  // namespace carillon::store

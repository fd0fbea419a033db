// SPDX-License-Identifier: GPL-3.0-or-later
// A real database in memory that can be away.
#pragma once

#include "base/assert.hpp"
#include "store/migrations.hpp"
#include "store/sqlite.hpp"

namespace carillon::simulation {

class TroubledDatabase final : public store::Database {
 public:
  TroubledDatabase() : real_(*store::open_sqlite(":memory:", store::Access::create)) {
    const auto migrated = store::migrate(*real_);
    CARILLON_ASSERT(migrated.has_value());
  }

  bool is_away = false;
  bool is_frozen = false;  ///< Its client is dead: nothing it does has an effect.

  store::DatabaseKind kind() const override { return real_->kind(); }
  bool is_broken() const override { return false; }
  Result<> confine(const store::Scope& scope) override { return real_->confine(scope); }
  Result<> check_walls() override { return real_->check_walls(); }
  Result<> look_beyond(const std::function<Result<>()>& look) override { return real_->look_beyond(look); }
  Result<> lock_schema() override { return real_->lock_schema(); }
  Result<> commit() override {
    if (is_away || is_frozen) return away();
    return real_->commit();
  }
  Result<std::unique_ptr<store::Statement>> prepare(std::string_view sql) override {
    if (is_away || is_frozen) return away();
    return real_->prepare(sql);
  }
  Result<> execute(std::string_view sql) override {
    if (is_away || is_frozen) return away();
    return real_->execute(sql);
  }
  Result<bool> has_table(std::string_view name) override { return real_->has_table(name); }
  std::int64_t changed_rows() const override { return real_->changed_rows(); }
  Result<> begin(bool write) override {
    if (is_away || is_frozen) return away();
    return real_->begin(write);
  }
  void rollback() override { real_->rollback(); }

 private:
  static std::unexpected<Error> away() { return failure(store::Fault::busy, "the database is away"); }
  std::unique_ptr<store::Database> real_;
};

}  // namespace carillon::simulation

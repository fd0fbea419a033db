// SPDX-License-Identifier: GPL-3.0-or-later
// A migrated database of a test's own, empty or with demo data, of the kind that the running test asked for.
#pragma once

#include <gtest/gtest.h>

#include "store/demo_data.hpp"
#include "store/migrations.hpp"
#include "support/postgresql_server.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::testing {

inline constexpr Instant test_start{std::chrono::seconds(1'750'000'000)};

/// What databases the running test makes.
inline store::DatabaseKind chosen_kind = store::DatabaseKind::sqlite;

/// An empty database, not migrated.
class EmptyDatabase {
 public:
  EmptyDatabase() {
    if (chosen_kind == store::DatabaseKind::postgresql) name_ = PostgresqlServer::running().make_database();
  }
  EmptyDatabase(const EmptyDatabase&) = delete;
  EmptyDatabase& operator=(const EmptyDatabase&) = delete;
  ~EmptyDatabase() {
    if (!name_.empty()) PostgresqlServer::running().drop_database(name_);
  }

  std::string url() const { return name_.empty() ? "sqlite:carillon.db" : PostgresqlServer::running().url(name_); }
  const std::filesystem::path& path() const { return directory_.path(); }

  void go_away() {
    if (name_.empty())
      std::filesystem::rename(path() / "carillon.db", path() / "away.db");
    else
      PostgresqlServer::running().close_database(name_);
  }
  void come_back() {
    if (name_.empty())
      std::filesystem::rename(path() / "away.db", path() / "carillon.db");
    else
      PostgresqlServer::running().open_database(name_);
  }

  /// A connection that works for the platform.
  std::unique_ptr<store::Database> open(store::Access access) const {
    auto database = store::open(url(), path(), access);
    EXPECT_TRUE(database) << database.error().what;
    EXPECT_TRUE((*database)->confine({}));
    return std::move(*database);
  }

 private:
  TemporaryDirectory directory_;
  std::string name_;
};

class SampleDatabase {
 public:
  SampleDatabase() {
    database_ = open(store::Access::create);
    const auto migrated = store::migrate(*database_);
    EXPECT_TRUE(migrated) << migrated.error().what;
  }
  explicit SampleDatabase(const store::DemoOptions& options) : SampleDatabase() {
    const auto loaded = store::load_demo_data(*database_, options, test_start);
    EXPECT_TRUE(loaded) << loaded.error().what;
  }

  /// One more connection to the same database.
  std::unique_ptr<store::Database> open(store::Access access) const { return place_.open(access); }
  std::string url() const { return place_.url(); }

  const std::filesystem::path& path() const { return place_.path(); }
  store::Database& operator*() { return *database_; }
  store::Database* operator->() { return database_.get(); }

  /// The first column of the first row.
  std::int64_t integer(std::string_view sql) {
    auto statement = database_->prepare(sql);
    EXPECT_TRUE(statement) << statement.error().what;
    const auto stepped = (*statement)->step();
    EXPECT_TRUE(stepped) << stepped.error().what;
    return stepped ? (*statement)->integer(0) : 0;
  }

  /// From now on no call of which the condition is true can be stored; "no such calls" is said of it.
  void refuse_calls(std::string_view condition) {
    const bool is_file = database_->kind() == store::DatabaseKind::sqlite;
    const auto refused = database_->execute(
        is_file ? fmt::format("CREATE TRIGGER refuse AFTER INSERT ON calls BEGIN SELECT RAISE(ABORT, 'no such calls') FROM calls "
                              "WHERE id = NEW.id AND {}; END",
                              condition)
                : fmt::format("ALTER TABLE calls ADD CONSTRAINT \"no such calls\" CHECK (NOT ({}))", condition));
    EXPECT_TRUE(refused) << refused.error().what;
  }

  /// Nobody can open it, until come_back(); a server breaks the connections too.
  void go_away() { place_.go_away(); }
  void come_back() {
    place_.come_back();
    if (database_->kind() == store::DatabaseKind::postgresql) database_ = open(store::Access::write);
  }

 private:
  EmptyDatabase place_;
  std::unique_ptr<store::Database> database_;
};

/// The fixture of tests that hold for each kind of database: TEST_P(Name, …) with CARILLON_ON_EACH_DATABASE(Name).
class OnEachDatabase : public ::testing::TestWithParam<store::DatabaseKind> {
 public:
  OnEachDatabase() { chosen_kind = GetParam(); }
  ~OnEachDatabase() override { chosen_kind = store::DatabaseKind::sqlite; }
};

}  // namespace carillon::testing

#define CARILLON_ON_EACH_DATABASE(fixture)                                                                                \
  INSTANTIATE_TEST_SUITE_P(                                                                                               \
      Each, fixture, ::testing::Values(carillon::store::DatabaseKind::sqlite, carillon::store::DatabaseKind::postgresql), \
      [](const auto& each) { return each.param == carillon::store::DatabaseKind::sqlite ? "sqlite" : "postgresql"; })

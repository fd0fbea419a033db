// SPDX-License-Identifier: GPL-3.0-or-later
// A migrated database of a test's own, empty or with demo data.
#pragma once

#include <gtest/gtest.h>

#include "store/demo_data.hpp"
#include "store/migrations.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::testing {

inline constexpr Instant test_start{std::chrono::seconds(1'750'000'000)};

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
  std::unique_ptr<store::Database> open(store::Access access) const {
    auto database = store::open("sqlite:carillon.db", directory_.path(), access);
    EXPECT_TRUE(database) << database.error().what;
    return std::move(*database);
  }

  const std::filesystem::path& path() const { return directory_.path(); }
  store::Database& operator*() { return *database_; }
  store::Database* operator->() { return database_.get(); }

  /// The first column of the first row.
  std::int64_t integer(std::string_view sql) {
    auto statement = database_->prepare(sql);
    EXPECT_TRUE(statement) << statement.error().what;
    EXPECT_TRUE((*statement)->step());
    return (*statement)->integer(0);
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<store::Database> database_;
};

}  // namespace carillon::testing

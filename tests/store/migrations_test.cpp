// SPDX-License-Identifier: GPL-3.0-or-later
// Migrations run once, in order, wholly or not at all, and the declarations fit the schema they make.
#include "store/migrations.hpp"

#include <gtest/gtest.h>

#include "model/administrator.hpp"
#include "model/call.hpp"
#include "model/customer_network.hpp"
#include "model/domain.hpp"
#include "model/extension.hpp"
#include "model/target.hpp"
#include "model/terminal.hpp"
#include "model/user.hpp"
#include "store/table.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::EmptyDatabase;
using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;

constexpr Migration first{1, "0001_a", "CREATE TABLE a (x bigint)"};
constexpr Migration second{2, "0002_b", "CREATE TABLE b (x bigint); CREATE TABLE c (x bigint)"};
constexpr Migration broken{2, "0002_b", "CREATE TABLE b (x bigint); NONSENSE"};

class MigrationsTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(MigrationsTest);

TEST_P(MigrationsTest, RunOnceAndInOrder) {
  const EmptyDatabase place;
  auto database = place.open(Access::create);
  EXPECT_EQ(migrate(*database, std::array{first}).value(), 1);
  EXPECT_EQ(migrate(*database, std::array{first, second}).value(), 1);
  EXPECT_EQ(migrate(*database, std::array{first, second}).value(), 0);
  EXPECT_TRUE(database->has_table("c").value());
}

TEST_P(MigrationsTest, LeaveNothingOfAFailedOne) {
  const EmptyDatabase place;
  auto database = place.open(Access::create);
  EXPECT_TRUE(migrate(*database, std::array{first, broken}).error().is(Fault::sql));
  EXPECT_TRUE(database->has_table("a").value());
  EXPECT_FALSE(database->has_table("b").value());
  EXPECT_EQ(migrate(*database, std::array{first, second}).value(), 1);
}

TEST_P(MigrationsTest, RefuseADatabaseOfALaterRelease) {
  const EmptyDatabase place;
  auto database = place.open(Access::create);
  ASSERT_TRUE(migrate(*database, std::array{first, second}));
  EXPECT_TRUE(migrate(*database, std::array{first}).error().is(Fault::newer_schema));
}

TEST_P(MigrationsTest, AreMissedByACheck) {
  const EmptyDatabase place;
  auto database = place.open(Access::create);
  EXPECT_TRUE(check_schema(*database).error().is(Fault::not_migrated));
  ASSERT_TRUE(migrate(*database));
  EXPECT_TRUE(check_schema(*database));
  EXPECT_TRUE(check_schema(*place.open(Access::read)));
}

TEST(Migrations, OfThisReleaseAreNumberedWithoutGaps) {
  int number = 0;
  for (const Migration& migration : migrations()) EXPECT_EQ(migration.number, ++number) << migration.name;
  EXPECT_GE(number, 1);
}

template <class T>
void expect_table() {
  SampleDatabase database;
  EXPECT_TRUE(list_all<T>(*database, Scope{})) << model::resource_of<T>.table;
  EXPECT_TRUE(Inserter::prepare(*database, model::resource_of<T>)) << model::resource_of<T>.table;
}

TEST_P(MigrationsTest, FitTheDeclarations) {
  expect_table<model::Administrator>();
  expect_table<model::Brand>();
  expect_table<model::Customer>();
  expect_table<model::Domain>();
  expect_table<model::Terminal>();
  expect_table<model::User>();
  expect_table<model::Extension>();
  expect_table<model::Target>();
  expect_table<model::CustomerNetwork>();
  expect_table<model::Call>();
}

}  // namespace
}  // namespace carillon::store

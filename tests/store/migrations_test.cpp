// SPDX-License-Identifier: GPL-3.0-or-later
// Migrations run once, in order, wholly or not at all, and the declarations fit the schema they make.
#include "store/migrations.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "model/administrator.hpp"
#include "model/call.hpp"
#include "model/carrier.hpp"
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

TEST_P(MigrationsTest, KeepTelephonesThatWereThereBeforeBrandsHadDomains) {
  constexpr std::size_t before = 11;
  const EmptyDatabase place;
  auto database = place.open(Access::create);
  ASSERT_TRUE(migrate(*database, migrations().first(before)));
  ASSERT_TRUE(database->confine({}));
  ASSERT_TRUE(database->execute(
      "INSERT INTO brands (id, name, language, time_zone, currency) VALUES (1, 'B', 'en', 'Europe/Madrid', 'EUR');"
      "INSERT INTO customers (id, brand, kind, name, country, country_code, time_zone, currency, language)"
      "  VALUES (2, 1, 'vpbx', 'C', 'ES', '34', 'Europe/Madrid', 'EUR', 'es');"
      "INSERT INTO domains (id, brand, customer, name) VALUES (3, 1, 2, 'c.example');"
      "INSERT INTO terminals (id, brand, customer, domain, name, ha1_md5, ha1_sha256, max_contacts, static_contact)"
      "  VALUES (4, 1, 2, 3, 'lobby', 'aa', 'bb', 5, 'sip:x@192.0.2.1');"
      "INSERT INTO targets (id, brand, customer, kind) VALUES (5, 1, 2, 'user');"
      "INSERT INTO users (id, brand, customer, name, last_name, email, password_hash, terminal, active)"
      "  VALUES (5, 1, 2, 'U', '', '', '', 4, 1)"));
  ASSERT_EQ(migrate(*database, migrations()).value(), static_cast<int>(migrations().size() - before));
  const auto terminals = list_all<model::Terminal>(*database, {});
  ASSERT_TRUE(terminals && terminals->size() == 1);
  EXPECT_EQ(terminals->front().domain.value, 3);
  EXPECT_EQ(terminals->front().max_contacts, 5);
  EXPECT_EQ(terminals->front().static_contact, "sip:x@192.0.2.1");
  EXPECT_FALSE(database->execute("DELETE FROM terminals"));  // The user still refers to it.
  EXPECT_TRUE(database->execute("INSERT INTO domains (id, brand, name) VALUES (6, 1, 'b.example')"));
}

TEST_P(MigrationsTest, KeepHowCarriersHeardOfForwards) {
  const auto is_it = [](const Migration& each) { return each.name.ends_with("presentation"); };
  const auto before = static_cast<std::size_t>(std::ranges::find_if(migrations(), is_it) - migrations().begin());
  ASSERT_LT(before, migrations().size());
  const EmptyDatabase place;
  auto database = place.open(Access::create);
  ASSERT_TRUE(migrate(*database, migrations().first(before)));
  ASSERT_TRUE(database->confine({}));
  ASSERT_TRUE(database->execute(
      "INSERT INTO brands (id, name, language, time_zone, currency) VALUES (1, 'B', 'en', 'Europe/Madrid', 'EUR');"
      "INSERT INTO carriers (id, brand, name, description, active, externally_rated, max_calls, trusted, redirection) VALUES"
      "  (1, 1, 'a', '', 1, 0, 0, 0, 'none'), (2, 1, 'b', '', 1, 0, 0, 0, 'diversion'), (3, 1, 'c', '', 1, 0, 0, 0, "
      "'history_info')"));
  ASSERT_TRUE(migrate(*database, migrations()));
  const auto carriers = list_all<model::Carrier>(*database, {});
  ASSERT_TRUE(carriers && carriers->size() == 3);
  using enum model::Redirecting;
  constexpr std::pair<model::Redirecting, model::Redirecting> kept[] = {{none, none}, {network, none}, {none, network}};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*carriers)[i].diversion, kept[i].first) << i;
    EXPECT_EQ((*carriers)[i].history_info, kept[i].second) << i;
  }
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

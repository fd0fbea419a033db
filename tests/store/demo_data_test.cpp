// SPDX-License-Identifier: GPL-3.0-or-later
// The demo platform is what its page promises.
#include "store/demo_data.hpp"

#include <gtest/gtest.h>

#include "model/carrier.hpp"
#include "model/carrier_server.hpp"
#include "model/ddi.hpp"
#include "model/domain.hpp"
#include "model/extension.hpp"
#include "model/outgoing_route.hpp"
#include "model/plan_assignment.hpp"
#include "model/price.hpp"
#include "model/pricing_plan.hpp"
#include "model/target_pattern.hpp"
#include "model/terminal.hpp"
#include "model/user.hpp"
#include "model/validate.hpp"
#include "store/credentials.hpp"
#include "store/edit.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

template <class T>
std::vector<T> all_sound(Database& database) {
  auto rows = list_all<T>(database, {}).value();
  for (const T& row : rows) EXPECT_TRUE(model::validate(row).empty());
  return rows;
}

class DemoDataTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(DemoDataTest);

TEST_P(DemoDataTest, IsTheContracts) {
  SampleDatabase database{DemoOptions()};
  EXPECT_EQ(all_sound<model::Brand>(*database).front().name, "DemoBrand");
  const auto customers = all_sound<model::Customer>(*database);
  ASSERT_EQ(customers.size(), 1U);
  EXPECT_EQ(customers.front().name, "DemoCompany");
  EXPECT_EQ(customers.front().country_code, "34");
  EXPECT_EQ(customers.front().time_zone, "Europe/Madrid");
  EXPECT_EQ(customers.front().currency, "EUR");
  EXPECT_EQ(all_sound<model::Domain>(*database).front().name, "users.democompany.com");
  const auto terminals = all_sound<model::Terminal>(*database);
  ASSERT_EQ(terminals.size(), 2U);
  EXPECT_EQ(terminals[0].ha1_md5.reveal(), digest_ha1("alice", "users.democompany.com", "alice").md5.reveal());
  EXPECT_EQ(terminals[1].ha1_sha256.reveal(), digest_ha1("bob", "users.democompany.com", "bob").sha256.reveal());
  const auto users = all_sound<model::User>(*database);
  const auto extensions = all_sound<model::Extension>(*database);
  ASSERT_EQ(users.size(), 2U);
  EXPECT_EQ(users[0].name + " " + users[0].last_name, "Alice Alison");
  EXPECT_EQ(users[1].name + " " + users[1].last_name, "Bob Bobson");
  const auto ddis = all_sound<model::Ddi>(*database);
  ASSERT_EQ(ddis.size(), 1U);
  EXPECT_EQ(ddis.front().number, "+34941941941");
  EXPECT_EQ(ddis.front().country, "ES");
  EXPECT_EQ(ddis.front().customer, customers.front().id);
  EXPECT_EQ(ddis.front().target.value, users[0].id.value);
  EXPECT_FALSE(ddis.front().carrier);
  for (int i : {0, 1}) {
    const auto at = static_cast<std::size_t>(i);
    EXPECT_EQ(users[at].terminal, terminals[at].id);
    EXPECT_EQ(users[at].extension, extensions[at].id);
    EXPECT_EQ(users[at].outgoing_ddi, ddis.front().id);
    EXPECT_EQ(extensions[at].target.value, users[at].id.value);
    EXPECT_EQ(extensions[at].number, i == 0 ? "101" : "102");
  }
  EXPECT_EQ(last_change(*database).value(), 1);
}

TEST_P(DemoDataTest, HasACarrierForSpain) {
  SampleDatabase database{DemoOptions()};
  const auto carriers = all_sound<model::Carrier>(*database);
  const auto servers = all_sound<model::CarrierServer>(*database);
  const auto routes = all_sound<model::OutgoingRoute>(*database);
  ASSERT_TRUE(carriers.size() == 1 && servers.size() == 1 && routes.size() == 1);
  EXPECT_EQ(carriers[0].name, "OPERATOR");
  EXPECT_EQ(servers[0].carrier, carriers[0].id);
  EXPECT_EQ(servers[0].host, "127.0.0.1");
  EXPECT_EQ(servers[0].port, 7090);
  EXPECT_EQ(servers[0].transport, model::ServerTransport::udp);
  EXPECT_TRUE(servers[0].username.empty());
  EXPECT_EQ(routes[0].carrier, carriers[0].id);
  const auto spain = find(*database, {}, routes[0].target_pattern);
  EXPECT_EQ(spain->name, "Spain");
  EXPECT_EQ(spain->pattern, "+34");
}

TEST_P(DemoDataTest, HasThePricesOfTheContract) {
  SampleDatabase database{DemoOptions()};
  const auto plans = all_sound<model::PricingPlan>(*database);
  const auto prices = all_sound<model::Price>(*database);
  const auto assignments = all_sound<model::PlanAssignment>(*database);
  ASSERT_TRUE(plans.size() == 1 && prices.size() == 1 && assignments.size() == 1);
  EXPECT_EQ(plans[0].name, "Testing pricing plan");
  EXPECT_EQ(plans[0].currency, "EUR");
  EXPECT_EQ(prices[0].prefix, "+34");
  EXPECT_EQ(to_decimal(prices[0].connection), "0.15");
  EXPECT_EQ(to_decimal(prices[0].per_minute), "0.02");
  EXPECT_EQ(prices[0].period_seconds, 1);
  EXPECT_EQ(assignments[0].pricing_plan, plans[0].id);
}

TEST_P(DemoDataTest, SpreadsSubscribersOverTenants) {
  SampleDatabase database({.subscribers = 1000, .tenants = 300});
  const auto customers = all_sound<model::Customer>(*database);
  ASSERT_EQ(customers.size(), 301U);
  EXPECT_EQ(customers.front().name, "DemoCompany");  // The oldest.
  EXPECT_EQ(customers[1].name, "tenant0001");
  const Scope first{customers[1].brand, customers[1].id};
  const auto terminals = list_all<model::Terminal>(*database, first);
  ASSERT_EQ(terminals->size(), 4U);  // 1, 301, 601, 901.
  EXPECT_EQ(terminals->at(1).name, "user0301");
  EXPECT_EQ(list_all<model::Extension>(*database, first)->at(1).number, "100301");
  EXPECT_EQ(list_all<model::Domain>(*database, first)->front().name, "tenant0001.example");
  EXPECT_EQ(terminals->at(1).ha1_md5.reveal(), digest_ha1("user0301", "tenant0001.example", "pw-user0301").md5.reveal());
}

TEST_P(DemoDataTest, NumbersSubscribersWithAsManyDigitsAsNeeded) {
  SampleDatabase database{DemoOptions{.subscribers = 10'001}};
  EXPECT_EQ(database.integer("SELECT count(*) FROM terminals"), 10'003);
  EXPECT_EQ(database.integer("SELECT count(*) FROM terminals WHERE name IN ('user0001', 'user9999', 'user10001')"), 3);
  EXPECT_EQ(database.integer("SELECT count(*) FROM extensions WHERE number IN ('100001', '110001')"), 2);
}

}  // namespace
}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// Configuration changes are valid, inside their tenant, whole, and numbered without gaps in the order in which they became
// visible.
#include "store/edit.hpp"

#include <gtest/gtest.h>

#include "model/domain.hpp"
#include "model/extension.hpp"
#include "model/target.hpp"
#include "model/terminal.hpp"
#include "model/transformation_rule.hpp"
#include "model/transformation_set.hpp"
#include "model/user.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

struct Demo {
  SampleDatabase database{DemoOptions{.subscribers = 2, .tenants = 1}};
  std::vector<model::Customer> customers = list_all<model::Customer>(*database, {}).value();
  Scope scope{customers[0].brand, customers[0].id};
  Scope other{customers[1].brand, customers[1].id};

  template <class T>
  std::vector<T> all(const Scope& of) {
    return list_all<T>(*database, of).value();
  }
};

class EditTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(EditTest);

TEST_P(EditTest, InsertsWithIdTenantAndTarget) {
  Demo demo;
  model::User user{.name = "Carol", .last_name = "Carlson"};
  auto edit = Edit::begin(*demo.database, demo.scope, test_start + 1h);
  ASSERT_TRUE(edit);
  ASSERT_TRUE(edit->insert(user));
  model::Extension extension{.number = "103", .target = {user.id.value}};
  ASSERT_TRUE(edit->insert(extension));
  EXPECT_EQ(edit->commit().value(), 2);
  EXPECT_NE(user.id.value, 0);
  const auto back = find<model::User>(*demo.database, demo.scope, user.id);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->last_name, "Carlson");
  EXPECT_EQ(back->customer, demo.scope.customer);
  EXPECT_EQ(find<model::Target>(*demo.database, demo.scope, Id<model::Target>{user.id.value})->kind, model::TargetKind::user);
}

TEST_P(EditTest, NumbersTransactionsWithoutGaps) {
  Demo demo;
  const std::int64_t before = last_change(*demo.database).value();
  auto domain = demo.all<model::Domain>(demo.scope).front();
  for (int round = 1; round <= 3; ++round) {
    {
      auto undone = Edit::begin(*demo.database, demo.scope, test_start);
      ASSERT_TRUE(undone->update(domain));
    }
    auto empty = Edit::begin(*demo.database, demo.scope, test_start);
    EXPECT_EQ(empty->commit().value(), 0);
    auto done = Edit::begin(*demo.database, demo.scope, test_start);
    ASSERT_TRUE(done->update(domain));
    ASSERT_TRUE(done->update(demo.all<model::User>(demo.scope).front()));
    EXPECT_EQ(done->commit().value(), before + round);
  }
  const auto changes = changes_after(*demo.database, before);
  ASSERT_EQ(changes->size(), 6U);
  EXPECT_EQ(changes->front().n, before + 1);
  EXPECT_EQ(changes->front().entity, "domains");
  EXPECT_EQ(changes->front().id, domain.id.value);
  EXPECT_EQ(changes->front().customer, demo.scope.customer);
  EXPECT_EQ(changes->back().entity, "users");
  EXPECT_EQ(changes->back().n, before + 3);
}

TEST_P(EditTest, ChangesNothingOfAnotherTenant) {
  Demo demo;
  auto terminal = demo.all<model::Terminal>(demo.other).front();
  auto edit = Edit::begin(*demo.database, demo.scope, test_start);
  terminal.name = "stolen";
  EXPECT_TRUE(edit->update(terminal).error().is(Fault::not_found));
  EXPECT_TRUE(edit->remove(terminal.id).error().is(Fault::not_found));
  model::Terminal foreign = terminal;
  foreign.id = {};
  EXPECT_TRUE(edit->insert(foreign).error().is(Fault::not_found));
  EXPECT_EQ(edit->commit().value(), 0);
}

TEST_P(EditTest, LetsNoReferenceLeaveItsTenant) {
  Demo demo;
  const auto foreign_user = demo.all<model::User>(demo.other).front();
  auto edit = Edit::begin(*demo.database, demo.scope, test_start);
  model::Extension extension{.number = "199", .target = {foreign_user.id.value}};
  EXPECT_TRUE(edit->insert(extension).error().is(Fault::invalid));
  EXPECT_EQ(edit->faults().front().field, "target");
}

TEST_P(EditTest, KeepsReadOnlyFields) {
  Demo demo;
  auto user = demo.all<model::User>(demo.scope).front();
  user.customer = demo.other.customer;
  user.name = "Renamed";
  auto edit = Edit::begin(*demo.database, {}, test_start);
  ASSERT_TRUE(edit->update(user));
  ASSERT_TRUE(edit->commit());
  const auto back = find<model::User>(*demo.database, {}, user.id);
  EXPECT_EQ(back->name, "Renamed");
  EXPECT_EQ(back->customer, demo.scope.customer);
}

TEST_P(EditTest, RefusesWhatBreaksItsDeclaration) {
  Demo demo;
  auto edit = Edit::begin(*demo.database, demo.scope, test_start);
  model::Extension extension{.number = "1a", .target = {demo.all<model::User>(demo.scope).front().id.value}};
  EXPECT_TRUE(edit->insert(extension).error().is(Fault::invalid));
  extension.number = "101";
  EXPECT_TRUE(edit->insert(extension).error().is(Fault::invalid));
  EXPECT_EQ(edit->faults(), (std::vector<model::FieldFault>{{"number", "is taken"}}));
}

TEST_P(EditTest, RemovesWhatNothingRefersTo) {
  Demo demo;
  const auto user = demo.all<model::User>(demo.scope).at(1);  // The first one has a number from outside, too.
  {
    auto edit = Edit::begin(*demo.database, demo.scope, test_start);
    EXPECT_TRUE(edit->remove(user.id).error().is(Fault::in_use));  // Its extension leads to it.
    ASSERT_EQ(edit->uses().size(), 1U);
    EXPECT_EQ(edit->uses().front().table, "extensions");
    EXPECT_EQ(edit->uses().front().id, user.extension.value);
  }
  auto edit = Edit::begin(*demo.database, demo.scope, test_start);
  ASSERT_TRUE(edit->remove(user.extension));  // What the user shows as its own yields.
  EXPECT_FALSE(find<model::User>(*demo.database, {}, user.id)->extension);
  ASSERT_TRUE(edit->remove(user.id));
  ASSERT_TRUE(edit->commit());
  EXPECT_TRUE(find<model::User>(*demo.database, {}, user.id).error().is(Fault::not_found));
  EXPECT_TRUE(find<model::Target>(*demo.database, {}, Id<model::Target>{user.id.value}).error().is(Fault::not_found));
}

TEST_P(EditTest, RemovesPartsWithTheWhole) {
  Demo demo;
  const Scope brand{demo.scope.brand};
  const std::size_t before = demo.all<model::TransformationRule>(brand).size();
  auto edit = Edit::begin(*demo.database, brand, test_start);
  model::TransformationSet set{.name = "Iberia"}, other{.name = "Portugal"};
  ASSERT_TRUE(edit->insert(set));
  ASSERT_TRUE(edit->insert(other));
  for (int i = 0; i < 45; ++i) {
    model::TransformationRule rule{.transformation_set = i == 0 ? other.id : set.id, .search = "^1"};
    ASSERT_TRUE(edit->insert(rule));
  }
  auto customer = demo.customers[0];
  customer.transformation_set = set.id;
  ASSERT_TRUE(edit->update(customer));
  EXPECT_TRUE(edit->remove(set.id).error().is(Fault::in_use));
  ASSERT_EQ(edit->uses().size(), 1U);  // Its parts do not hold on to it.
  EXPECT_EQ(edit->uses().front().table, "customers");
  EXPECT_EQ(demo.all<model::TransformationRule>(brand).size(), before + 45);
  customer.transformation_set = {};
  ASSERT_TRUE(edit->update(customer));
  ASSERT_TRUE(edit->remove(set.id));
  ASSERT_TRUE(edit->commit());
  const auto left = demo.all<model::TransformationRule>(brand);
  ASSERT_EQ(left.size(), before + 1);
  EXPECT_EQ(left.back().transformation_set, other.id);
  Query removals;
  removals.filters = {{"action", "delete"}, {"entity", "transformation_rules"}};
  EXPECT_EQ(count(*demo.database, {}, model::resource_of<model::AuditEntry>, removals.filters).value(), 44);
}

}  // namespace
}  // namespace carillon::store

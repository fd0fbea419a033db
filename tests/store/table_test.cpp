// SPDX-License-Identifier: GPL-3.0-or-later
// Objects come back as they were stored, lists filter, sort and page, and nobody sees another tenant's rows.
#include "store/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/administrator.hpp"
#include "model/call.hpp"
#include "model/extension.hpp"
#include "model/terminal.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

model::Call call_number(std::uint64_t number) {
  model::Call call;
  call.id = {7, number};
  call.brand = {1};
  call.customer = {2 + static_cast<std::int64_t>(number % 2)};
  call.call_id = "call";
  call.started_at = test_start + number / 3 * 1s + 7us;  // Three at a time.
  call.ended_at = call.started_at + 60s;
  call.caller = "101";
  call.callee = "102";
  call.duration = 12'345ms;
  call.attempts = {"[]"};
  call.status = number % 5 == 0 ? model::CallStatus::busy : model::CallStatus::ok;
  call.sip_code = 200;
  return call;
}

void insert_calls(SampleDatabase& database, std::uint64_t count) {
  auto inserter = Inserter::prepare(*database, model::resource_of<model::Call>);
  ASSERT_TRUE(inserter);
  for (std::uint64_t number = 1; number <= count; ++number) ASSERT_TRUE(inserter->insert(call_number(number)));
}

class TableTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(TableTest);

TEST_P(TableTest, GivesBackWhatWasStored) {
  SampleDatabase database;
  model::Call call = call_number(1);
  call.answered_at = test_start;
  call.linked_call = {7, 9};
  call.link_reason = model::LinkReason::pickup;
  call.direction = model::Direction::inbound;
  call.caller_user = {55};
  call.broken = true;
  call.decisions = "a\nb";
  ASSERT_TRUE(Inserter::prepare(*database, model::resource_of<model::Call>)->insert(call));
  const auto calls = list_all<model::Call>(*database, {});
  ASSERT_EQ(calls->size(), 1U);
  const model::Call& back = calls->front();
  EXPECT_EQ(back.id, call.id);
  EXPECT_EQ(back.started_at, call.started_at);
  EXPECT_EQ(back.answered_at, call.answered_at);
  EXPECT_EQ(back.direction, call.direction);
  EXPECT_EQ(back.caller_user, call.caller_user);
  EXPECT_EQ(back.callee_user, Id<model::User>{});
  EXPECT_EQ(back.duration, call.duration);
  EXPECT_EQ(back.linked_call, call.linked_call);
  EXPECT_EQ(back.link_reason, call.link_reason);
  EXPECT_EQ(back.attempts, call.attempts);
  EXPECT_EQ(back.status, call.status);
  EXPECT_EQ(back.sip_code, call.sip_code);
  EXPECT_TRUE(back.broken);
  EXPECT_EQ(back.decisions, call.decisions);
}

TEST_P(TableTest, IgnoresARowThatIsThereWhenAsked) {
  SampleDatabase database;
  auto plain = Inserter::prepare(*database, model::resource_of<model::Call>);
  auto ignoring = Inserter::prepare(*database, model::resource_of<model::Call>, true);
  ASSERT_TRUE(plain->insert(call_number(1)));
  EXPECT_TRUE(plain->insert(call_number(1)).error().is(Fault::constraint));
  EXPECT_TRUE(ignoring->insert(call_number(1)));
  EXPECT_EQ(database->changed_rows(), 0);
}

TEST_P(TableTest, KeepsTenantsApart) {
  SampleDatabase database({.subscribers = 10, .tenants = 2});
  const auto brands = list_all<model::Brand>(*database, {});
  const auto customers = list_all<model::Customer>(*database, {});
  ASSERT_EQ(customers->size(), 3U);
  const Id<model::Brand> brand = brands->front().id;
  std::size_t terminals = 0;
  for (const model::Customer& customer : *customers) {
    const Scope scope{brand, customer.id};
    const auto own = list_all<model::Terminal>(*database, scope);
    terminals += own->size();
    for (const model::Terminal& terminal : *own) {
      EXPECT_EQ(terminal.customer, customer.id);
      EXPECT_TRUE(find<model::Terminal>(*database, scope, terminal.id));
      EXPECT_TRUE(find<model::Terminal>(*database, Scope{{}, {customer.id.value + 1}}, terminal.id).error().is(Fault::not_found));
      EXPECT_TRUE(find<model::Terminal>(*database, Scope{{brand.value + 1}, {}}, terminal.id).error().is(Fault::not_found));
    }
    EXPECT_EQ(list_all<model::Customer>(*database, scope)->size(), 1U);
    EXPECT_TRUE(list_all<model::Brand>(*database, scope)->empty());  // What is above a customer is not the customer's.
  }
  EXPECT_EQ(terminals, 12U);
  EXPECT_EQ(list_all<model::Terminal>(*database, Scope{brand, {}})->size(), 12U);
  EXPECT_EQ(count(*database, Scope{brand, customers->back().id}, model::resource_of<model::Terminal>, {}).value(), 5);
  // The platform's own administrator belongs to no brand.
  EXPECT_EQ(list_all<model::Administrator>(*database, {})->size(), 3U);
  EXPECT_EQ(list_all<model::Administrator>(*database, Scope{brand, {}})->size(), 2U);
}

TEST_P(TableTest, FiltersByEitherNameOfAField) {
  SampleDatabase database{DemoOptions()};
  EXPECT_EQ(list<model::Extension>(*database, {}, {.filters = {{"number", "102"}}})->size(), 1U);
  EXPECT_EQ(list<model::Extension>(*database, {}, {.filters = {{"number", "1' OR '1'='1"}}})->size(), 0U);
  insert_calls(database, 20);
  EXPECT_EQ(list<model::Call>(*database, {}, {.filters = {{"status", "busy"}}})->size(), 4U);
  const Query from{.filters = {{"startedAt", to_rfc3339(test_start + 3s), Match::at_least},
                               {"started_at", to_rfc3339(test_start + 5s), Match::below}}};
  EXPECT_EQ(list<model::Call>(*database, {}, from)->size(), 6U);
}

TEST_P(TableTest, RefusesWhatIsNoQuery) {
  SampleDatabase database;
  const std::vector<Query> bad = {{.filters = {{"nothing", "1"}}},       {.sort = "nothing"},   {.filters = {{"status", "nice"}}},
                                  {.filters = {{"startedAt", "today"}}}, {.after = "nonsense"}, {.filters = {{"brand", "!"}}},
                                  {.filters = {{"broken", "perhaps"}}}};
  for (const Query& query : bad) EXPECT_TRUE(list<model::Call>(*database, {}, query).error().is(Fault::bad_query));
  EXPECT_TRUE(list<model::Terminal>(*database, {}, {.filters = {{"ha1Md5", "x"}}}).error().is(Fault::bad_query));
}

TEST_P(TableTest, PagesByCursorWithoutLossOrRepeat) {
  SampleDatabase database;
  insert_calls(database, 50);
  for (const bool descending : {false, true}) {
    Query query{.sort = "startedAt", .descending = descending, .limit = 7};
    std::vector<std::uint64_t> seen;
    while (true) {
      const auto page = list<model::Call>(*database, Scope{{}, {2}}, query);
      ASSERT_TRUE(page) << page.error().what;
      if (page->empty()) break;
      for (const model::Call& call : *page) seen.push_back(call.id.low);
      query.after = cursor_of(model::resource_of<model::Call>, query, &page->back());
    }
    ASSERT_EQ(seen.size(), 25U);
    if (descending) std::reverse(seen.begin(), seen.end());
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], 2 * (i + 1));
  }
}

TEST_P(TableTest, PagesByNumber) {
  SampleDatabase database;
  insert_calls(database, 10);
  EXPECT_EQ(list<model::Call>(*database, {}, {.limit = 4, .offset = 8})->size(), 2U);
}

}  // namespace
}  // namespace carillon::store

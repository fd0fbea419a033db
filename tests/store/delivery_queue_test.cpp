// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: each event reaches the table once for each webhook that wants it, no two senders get the same row, and the table stays
// bounded.
#include "store/delivery_queue.hpp"

#include <gtest/gtest.h>

#include "model/webhook.hpp"
#include "store/edit.hpp"
#include "store/events.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;
using model::DeliveryStatus;

struct Demo {
  SampleDatabase database{DemoOptions{.subscribers = 2, .tenants = 1}};
  std::vector<model::Customer> customers = list_all<model::Customer>(*database, {}).value();
  Scope own{customers[0].brand, customers[0].id};
  Scope other{customers[1].brand, customers[1].id};
  Scope brand{customers[0].brand, {}};

  Id<model::Webhook> add(const Scope& scope, const std::string& events) {
    auto edit = Edit::begin(*database, scope, test_start);
    model::Webhook webhook;
    webhook.url = "https://hooks.example/";
    webhook.events = events;
    webhook.secret = Secret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    EXPECT_TRUE(edit && edit->insert(webhook) && edit->commit());
    return webhook.id;
  }
  int tell(const Scope& whose, const std::string& type, Instant now = test_start) {
    const auto told = enqueue_event(*database, whose, {.type = type, .data = {{"a", 1}}, .at = now}, now);
    EXPECT_TRUE(told) << told.error().what;
    return told.value_or(-1);
  }
  model::Webhook webhook(Id<model::Webhook> id) { return find<model::Webhook>(*database, {}, id).value(); }
  std::vector<model::WebhookDelivery> deliveries() { return list_all<model::WebhookDelivery>(*database, {}).value(); }
  Claim claim(Id<model::Webhook> id, Instant now, std::int64_t most = 10) {
    const auto claimed = claim_deliveries(*database, id, now, now + 1min, most);
    EXPECT_TRUE(claimed) << claimed.error().what;
    return claimed.value_or(Claim{});
  }
};

class DeliveryQueueTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(DeliveryQueueTest);

TEST_P(DeliveryQueueTest, AnEventReachesWhoWantsIt) {
  Demo demo;
  EXPECT_EQ(demo.tell(demo.own, "call.ended"), 0);
  demo.add(demo.own, "call.ended job.done");
  demo.add(demo.other, "call.ended");
  demo.add(demo.brand, "call.*");
  EXPECT_EQ(demo.tell(demo.own, "call.ended"), 2);
  EXPECT_EQ(demo.tell(demo.own, "job.done"), 1);
  EXPECT_EQ(demo.tell(demo.own, "registration.lost"), 0);
  EXPECT_EQ(demo.tell(demo.brand, "call.ended"), 1);
  EXPECT_EQ(list_all<model::WebhookDelivery>(*demo.database, demo.own)->size(), 2U);
  for (const auto& delivery : demo.deliveries()) {
    EXPECT_EQ(delivery.body.text,
              fmt::format(R"({{"type":"{}","timestamp":"2025-06-15T15:06:40.000Z","data":{{"a":1}}}})", delivery.type));
  }
  const std::string long_text(event_bytes_max, 'x');
  const auto refused = enqueue_event(*demo.database, demo.own, {.type = "job.done", .data = {{"a", long_text}}, .at = {}}, {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(Fault::invalid));
}

TEST_P(DeliveryQueueTest, AnEventIsThereOnlyIfItsTransactionIs) {
  Demo demo;
  demo.add(demo.own, "*");
  {
    const auto transaction = Transaction::begin_write(*demo.database);
    EXPECT_EQ(demo.tell(demo.own, "call.ended"), 1);
  }
  EXPECT_TRUE(demo.deliveries().empty());
}

TEST_P(DeliveryQueueTest, WhatIsClaimedNoOtherGets) {
  Demo demo;
  const auto hook = demo.add(demo.own, "*");
  for (int i = 0; i < 3; ++i) demo.tell(demo.own, "call.ended");
  ASSERT_EQ(due_webhooks(*demo.database, {}, test_start, 10)->size(), 1U);
  EXPECT_TRUE(due_webhooks(*demo.database, hook, test_start, 10)->empty());
  EXPECT_TRUE(due_webhooks(*demo.database, {}, test_start - 1s, 10)->empty());
  EXPECT_EQ(demo.claim(hook, test_start, 2).deliveries.size(), 2U);
  EXPECT_EQ(demo.claim(hook, test_start).deliveries.size(), 1U);
  EXPECT_EQ(demo.claim(hook, test_start).deliveries.size(), 0U);
  EXPECT_TRUE(due_webhooks(*demo.database, {}, test_start, 10)->empty());
  // Whoever had them is gone.
  EXPECT_EQ(demo.claim(hook, test_start + 61s).deliveries.size(), 3U);
}

TEST_P(DeliveryQueueTest, NotesWhatBecameOfThem) {
  Demo demo;
  const auto hook = demo.add(demo.own, "*");
  for (int i = 0; i < 3; ++i) demo.tell(demo.own, "call.ended");
  const Claim claim = demo.claim(hook, test_start);
  const std::vector<Tried> tried{
      {.delivery = claim.deliveries[0].id,
       .status = DeliveryStatus::delivered,
       .next_try_at = {},
       .http_status = 200,
       .error = {}},
      {.delivery = claim.deliveries[1].id, .next_try_at = test_start + 5s, .http_status = 500, .error = "no"},
      {.delivery = claim.deliveries[2].id, .was_tried = false, .next_try_at = test_start, .error = {}}};
  const Standing standing{.has_succeeded = true, .has_failed = true, .pause_until = test_start + 1s, .disable_for = {}};
  const auto noted = note_attempts(*demo.database, claim.webhook, tried, standing, test_start);
  ASSERT_TRUE(noted) << noted.error().what;
  EXPECT_FALSE(*noted);
  const auto row = [&](std::size_t index) {
    return find<model::WebhookDelivery>(*demo.database, {}, claim.deliveries[index].id).value();
  };
  EXPECT_EQ(row(0).status, DeliveryStatus::delivered);
  EXPECT_EQ(row(0).next_try_at, Instant());
  EXPECT_EQ(row(1).attempts, 1);
  EXPECT_EQ(row(1).error, "no");
  EXPECT_EQ(row(1).http_status, 500);
  EXPECT_EQ(row(2).attempts, 0);
  EXPECT_EQ(demo.webhook(hook).failing_since, test_start);
  EXPECT_TRUE(due_webhooks(*demo.database, {}, test_start, 10)->empty()) << "it asked for a pause";
  EXPECT_EQ(due_webhooks(*demo.database, {}, test_start + 1s, 10)->size(), 1U);
  EXPECT_EQ(demo.claim(hook, test_start + 1s).deliveries.size(), 1U);
  const Tried success{
      .delivery = row(1).id, .status = DeliveryStatus::delivered, .next_try_at = {}, .http_status = 204, .error = {}};
  ASSERT_TRUE(
      note_attempts(*demo.database, claim.webhook, {&success, 1}, {.has_succeeded = true, .disable_for = {}}, test_start + 6s));
  EXPECT_EQ(demo.webhook(hook).failing_since, Instant());
  EXPECT_EQ(demo.webhook(hook).throttled_until, Instant());
  EXPECT_EQ(demo.webhook(hook).delivered_at, test_start + 6s);
}

TEST_P(DeliveryQueueTest, SwitchesOffOnceAndTellsNeighbours) {
  Demo demo;
  const auto hook = demo.add(demo.own, "*");
  const auto neighbour = demo.add(demo.own, "webhook.disabled");
  demo.add(demo.other, "*");
  const Standing standing{.has_failed = true, .pause_until = {}, .disable_for = "gone"};
  const auto first = note_attempts(*demo.database, demo.webhook(hook), {}, standing, test_start);
  const auto second = note_attempts(*demo.database, demo.webhook(hook), {}, standing, test_start);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(*first);
  EXPECT_FALSE(*second);
  EXPECT_FALSE(demo.webhook(hook).active);
  EXPECT_EQ(demo.webhook(hook).disabled_at, test_start);
  ASSERT_EQ(demo.deliveries().size(), 1U);
  EXPECT_EQ(demo.deliveries().front().webhook, neighbour);
  EXPECT_TRUE(demo.deliveries().front().body.text.contains("gone"));
}

TEST_P(DeliveryQueueTest, StaysBounded) {
  Demo demo;
  const auto hook = demo.add(demo.own, "*");
  for (int i = 0; i < 10; ++i) demo.tell(demo.own, "call.ended", test_start + i * 1h);
  const auto prune = [&](Instant oldest, std::int64_t most) {
    int rounds = 0;
    while (true) {
      const auto more = prune_deliveries(*demo.database, oldest, most);
      EXPECT_TRUE(more) << more.error().what;
      if (!more.value_or(false)) return rounds;
      ++rounds;
    }
  };
  EXPECT_EQ(prune(test_start + 3h, 100), 1);
  EXPECT_EQ(demo.deliveries().size(), 7U);
  EXPECT_EQ(prune(test_start, 4), 1);
  const auto left = demo.deliveries();
  ASSERT_EQ(left.size(), 4U);
  for (const auto& delivery : left) EXPECT_GE(delivery.created_at, test_start + 6h);
  auto edit = Edit::begin(*demo.database, demo.own, test_start);
  ASSERT_TRUE(edit && edit->remove(hook) && edit->commit());
  EXPECT_TRUE(demo.deliveries().empty());
}

}  // namespace
}  // namespace carillon::store

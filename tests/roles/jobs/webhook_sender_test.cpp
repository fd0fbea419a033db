// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what is due is delivered, by receivers side by side, whatever one of them or the database does.
#include "roles/jobs/webhook_sender.hpp"

#include <gtest/gtest.h>

#include "outbound/scripted_server.hpp"
#include "store/edit.hpp"
#include "store/events.hpp"
#include "support/sample_database.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::roles {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using outbound::testing::Connection;
using outbound::testing::ScriptedServer;

/// The loop's, as the couriers see it.
std::atomic<std::int64_t> wall_micros;

Instant loop_wall() {
  return Instant(Duration(wall_micros));
}

void answer(Connection& connection, std::string_view status) {
  connection.read_until("\r\n\r\n");
  connection.write(fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status));
}

class WebhookSenderTest : public OnEachDatabase {
 protected:
  WebhookSenderTest() {
    log::set_level(log::Level::off);
    const auto customers = store::list_all<model::Customer>(*database_, {}).value();
    owner_ = {customers.front().brand, customers.front().id};
    turn();
  }

  WebhookSender::Options options() {
    WebhookSender::Options options;
    options.database_url = database_.url();
    options.data_dir = database_.path();
    const std::vector<std::string> loopback{"127.0.0.1"};
    options.courier.fetcher.policy = outbound::AddressPolicy(loopback);
    options.courier.wall = loop_wall;
    return options;
  }

  Id<model::Webhook> add(const ScriptedServer& server) {
    auto edit = store::Edit::begin(*database_, owner_, loop_wall());
    model::Webhook webhook;
    webhook.url = fmt::format("http://127.0.0.1:{}/", server.port());
    webhook.events = "*";
    webhook.secret = Secret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    EXPECT_TRUE(edit && edit->insert(webhook) && edit->commit());
    return webhook.id;
  }
  void tell() {
    const auto told =
        store::enqueue_event(*database_, owner_, {.type = "call.ended", .data = {}, .at = loop_wall()}, loop_wall());
    ASSERT_TRUE(told) << told.error().what;
  }
  std::int64_t count(std::string_view condition) {
    return database_.integer(fmt::format("SELECT count(*) FROM webhook_deliveries WHERE {}", condition));
  }

  void turn() {
    loop_.run_for(1ms);
    wall_micros = loop_.wall().time_since_epoch().count();
  }
  /// Lets the sender work until `condition` holds. Its threads work in real time: the loop's goes beside it.
  template <class F>
  bool reach(F condition) {
    const Monotonic deadline = system_monotonic_time() + 20s;
    while (!condition() && system_monotonic_time() < deadline) {
      turn();
      std::this_thread::sleep_for(1ms);
    }
    return condition();
  }
  void finish(WebhookSender& sender) {
    bool is_done = false;
    sender.finish([&] { is_done = true; });
    EXPECT_TRUE(reach([&] { return is_done; }));
  }

  test::VirtualLoop loop_;
  SampleDatabase database_{store::DemoOptions()};
  store::Scope owner_;
};
CARILLON_ON_EACH_DATABASE(WebhookSenderTest);

TEST_P(WebhookSenderTest, DeliversWhatIsDue) {
  ScriptedServer server([](Connection& connection) { answer(connection, "200 OK"); });
  add(server);
  for (int i = 0; i < 40; ++i) tell();
  WebhookSender sender(loop_, options());
  sender.start();
  EXPECT_TRUE(reach([&] { return count("status = 'delivered' AND attempts = 1") == 40; }));
  EXPECT_EQ(server.connections(), 40);
  finish(sender);
}

TEST_P(WebhookSenderTest, TriesAgainWhenItIsTime) {
  std::atomic<int> asked = 0;
  ScriptedServer server([&](Connection& connection) { answer(connection, ++asked < 3 ? "500 No" : "200 OK"); });
  add(server);
  tell();
  WebhookSender sender(loop_, options());
  sender.start();
  ASSERT_TRUE(reach([&] { return count("attempts = 1") == 1; }));
  const auto due = database_.integer("SELECT next_try_at - tried_at FROM webhook_deliveries");
  EXPECT_GE(due, 5'000'000);
  EXPECT_LE(due, 5'500'000);
  EXPECT_EQ(asked, 1);
  loop_.run_for(6s);
  ASSERT_TRUE(reach([&] { return count("attempts = 2") == 1; }));
  loop_.run_for(6min);
  EXPECT_TRUE(reach([&] { return count("status = 'delivered' AND attempts = 3") == 1; }));
  finish(sender);
}

TEST_P(WebhookSenderTest, OneThatHangsStopsNobody) {
  ScriptedServer hanging([](Connection& connection) { connection.wait_for_end(); });
  ScriptedServer quick([](Connection& connection) { answer(connection, "204 Yes"); });
  const auto slow = add(hanging);
  add(quick);
  tell();
  WebhookSender sender(loop_, options());
  sender.start();
  ASSERT_TRUE(reach([&] { return hanging.connections() == 1 && count("status = 'delivered'") == 1; }));
  tell();
  EXPECT_TRUE(reach([&] { return count("status = 'delivered'") == 2; }));
  EXPECT_EQ(hanging.connections(), 1);
  const Monotonic begin = system_monotonic_time();
  finish(sender);
  EXPECT_LT(system_monotonic_time() - begin, 5s);
  // What was broken off is as it was.
  EXPECT_EQ(count(fmt::format("webhook = {} AND status = 'pending' AND attempts = 0 AND next_try_at = created_at", slow.value)),
            2);
}

TEST_P(WebhookSenderTest, ThoseThatFailLeaveRoomForOthers) {
  std::vector<std::unique_ptr<ScriptedServer>> hanging;
  for (int i = 0; i < 3; ++i) {
    hanging.push_back(std::make_unique<ScriptedServer>([](Connection& connection) { connection.wait_for_end(); }));
    add(*hanging.back());
  }
  ASSERT_TRUE(database_->execute("UPDATE webhooks SET failing_since = 1"));
  ScriptedServer quick([](Connection& connection) { answer(connection, "204 Yes"); });
  add(quick);
  for (int i = 0; i < 20; ++i) tell();
  auto narrow = options();
  narrow.parallel_max = 2;
  WebhookSender sender(loop_, narrow);
  sender.start();
  EXPECT_TRUE(reach([&] { return count("status = 'delivered'") == 20; }));
  int connections = 0;
  for (const auto& server : hanging) connections += server->connections();
  EXPECT_LE(connections, 1);
  finish(sender);
}

TEST_P(WebhookSenderTest, SwitchesOffWhatIsGone) {
  ScriptedServer server([](Connection& connection) { answer(connection, "410 Gone"); });
  add(server);
  for (int i = 0; i < 3; ++i) tell();
  WebhookSender sender(loop_, options());
  sender.start();
  EXPECT_TRUE(
      reach([&] { return database_.integer("SELECT count(*) FROM webhooks WHERE active = 0 AND disabled_at > 0") == 1; }));
  EXPECT_EQ(count("status = 'failed' AND http_status = 410"), 1);
  EXPECT_EQ(count("status = 'pending' AND attempts = 0"), 2);
  loop_.run_for(10s);
  EXPECT_EQ(server.connections(), 1);
  finish(sender);
}

TEST_P(WebhookSenderTest, GoesOnWhenTheDatabaseIsBack) {
  ScriptedServer server([](Connection& connection) { answer(connection, "204 Yes"); });
  add(server);
  tell();
  database_.go_away();
  WebhookSender sender(loop_, options());
  sender.start();
  for (int i = 0; i < 50; ++i) {
    loop_.run_for(100ms);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(server.connections(), 0);
  database_.come_back();
  EXPECT_TRUE(reach([&] { return count("status = 'delivered'") == 1; }));
  finish(sender);
}

}  // namespace
}  // namespace carillon::roles

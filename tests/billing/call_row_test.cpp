// SPDX-License-Identifier: GPL-3.0-or-later
// A row says what the journal said, and what peers sent cannot make it unreadable.
#include "billing/call_row.hpp"

#include <gtest/gtest.h>

namespace carillon::billing {
namespace {

constexpr Instant start{std::chrono::seconds(1'750'000'000)};

journal::Setup setup() {
  journal::Setup setup;
  setup.call = {1, 2};
  setup.brand = 11;
  setup.customer = 22;
  setup.sip_call_id = "abc@host";
  setup.started_at = start;
  setup.direction = journal::Direction::inbound;
  setup.caller = "101";
  setup.callee = "102";
  setup.caller_user = 33;
  setup.linked_call = {1, 1};
  setup.link_reason = journal::LinkReason::forward;
  return setup;
}

journal::Ended ended() {
  journal::Ended ended;
  ended.call = {1, 2};
  ended.at = start + 65s;
  ended.duration = 60'123ms;
  ended.status = journal::Status::ok;
  ended.sip_code = 200;
  ended.attempts = {{"102", "sip:bob@192.0.2.1", start, start + 65s, 200}};
  ended.decisions = "number: 102\n";
  return ended;
}

TEST(CallRow, TakesEverythingOver) {
  const journal::Answered answered{{1, 2}, start + 5s, 44, "103"};
  const auto call = make_call(setup(), &answered, ended());
  ASSERT_TRUE(call);
  EXPECT_EQ(call->id, (CallId{1, 2}));
  EXPECT_EQ(call->brand.value, 11);
  EXPECT_EQ(call->customer.value, 22);
  EXPECT_EQ(call->call_id, "abc@host");
  EXPECT_EQ(call->started_at, start);
  EXPECT_EQ(call->answered_at, start + 5s);
  EXPECT_EQ(call->ended_at, start + 65s);
  EXPECT_EQ(call->direction, model::Direction::inbound);
  EXPECT_EQ(call->caller, "101");
  EXPECT_EQ(call->callee, "103");
  EXPECT_EQ(call->caller_user.value, 33);
  EXPECT_EQ(call->callee_user.value, 44);
  EXPECT_EQ(call->duration, 60'123ms);
  EXPECT_EQ(call->linked_call, (CallId{1, 1}));
  EXPECT_EQ(call->link_reason, model::LinkReason::forward);
  EXPECT_EQ(call->status, model::CallStatus::ok);
  EXPECT_EQ(call->sip_code, 200);
  EXPECT_NE(call->attempts.text.find("\"contact\":\"sip:bob@192.0.2.1\""), std::string::npos);
  EXPECT_EQ(call->decisions, "number: 102\n");
}

TEST(CallRow, OfAnAnswerThatCrossedACancelHasNoAnswer) {
  const journal::Answered answered{{1, 2}, start + 5s, 44, "103"};
  journal::Ended cancelled = ended();
  cancelled.status = journal::Status::cancel;
  cancelled.sip_code = 487;
  cancelled.duration = 0ms;
  cancelled.unheard = true;
  const auto call = make_call(setup(), &answered, cancelled);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->status, model::CallStatus::cancel);
  EXPECT_EQ(call->answered_at, Instant{});
  EXPECT_EQ(call->callee, "102");
  EXPECT_EQ(call->callee_user.value, 0);
}

TEST(CallRow, OfACallNobodyAnsweredKeepsTheDialledNumber) {
  const auto call = make_call(setup(), nullptr, ended());
  EXPECT_EQ(call->answered_at, Instant{});
  EXPECT_EQ(call->callee, "102");
  EXPECT_FALSE(call->callee_user);
}

TEST(CallRow, NeedsAnOwner) {
  journal::Setup nobodys = setup();
  nobodys.customer = 0;
  EXPECT_FALSE(make_call(nobodys, nullptr, ended()));
}

}  // namespace
}  // namespace carillon::billing

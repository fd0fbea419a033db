// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: calls go past servers that failed, come back to them carefully, and hold nothing against their neighbours.
#include "trunk/health.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace carillon::trunk {
namespace {

Target target(const std::string& address, net::Transport transport = net::Transport::udp) {
  return {transport, net::Address::parse(address, 5060).value(), "carrier.example"};
}

class TargetHealthTest : public ::testing::Test {
 protected:
  std::string order(std::vector<Target> targets) {
    health_.order(targets, now_);
    std::string hosts;
    for (const Target& each : targets) hosts += each.address.host().back();
    return hosts;
  }
  Monotonic now_{1h};
  TargetHealth health_;
  const Target one_ = target("192.0.2.1"), two_ = target("192.0.2.2"), three_ = target("192.0.2.3");
};

TEST_F(TargetHealthTest, OpensAfterTwoTimeoutsInARow) {
  EXPECT_EQ(order({one_, two_, three_}), "123");
  health_.note_timeout(one_, now_);
  EXPECT_EQ(order({one_, two_, three_}), "123");
  health_.note_success(one_, now_);
  health_.note_timeout(one_, now_);
  health_.note_error(one_, now_);
  health_.note_timeout(one_, now_);
  EXPECT_EQ(order({one_, two_, three_}), "123");
  health_.note_timeout(one_, now_);
  EXPECT_EQ(order({one_, two_, three_}), "231");
  EXPECT_FALSE(health_.is_healthy(one_, now_));
  EXPECT_TRUE(health_.is_healthy(two_, now_));
  EXPECT_TRUE(health_.is_healthy(target("192.0.2.1", net::Transport::tcp), now_));
  health_.note_success(one_, now_);
  EXPECT_EQ(order({one_, two_, three_}), "123");
}

TEST_F(TargetHealthTest, OpensWhenHalfOfTheLastCallsFailed) {
  for (unsigned i = 0; i < TargetHealth::calls_min - 1; ++i) health_.note_error(one_, now_);
  EXPECT_TRUE(health_.is_healthy(one_, now_)) << "too few to tell";
  health_.note_error(one_, now_);
  EXPECT_FALSE(health_.is_healthy(one_, now_));
  for (unsigned i = 0; i < TargetHealth::calls_max; ++i) health_.note_success(two_, now_);
  for (unsigned i = 0; i < TargetHealth::calls_max / 2 - 1; ++i) health_.note_error(two_, now_);
  EXPECT_TRUE(health_.is_healthy(two_, now_));
  health_.note_error(two_, now_);
  EXPECT_FALSE(health_.is_healthy(two_, now_)) << "what came before the last twenty does not count";
}

TEST_F(TargetHealthTest, ForgetsWhatIsOld) {
  health_.note_timeout(one_, now_);
  now_ += TargetHealth::memory;
  health_.note_timeout(one_, now_);
  EXPECT_TRUE(health_.is_healthy(one_, now_));
}

TEST_F(TargetHealthTest, OneThatIsBackIsOpenedByOneFailure) {
  health_.note_timeout(one_, now_);
  health_.note_timeout(one_, now_);
  health_.note_back(one_, now_ + 5s);
  now_ += 5s;
  EXPECT_EQ(order({one_, two_}), "12");
  EXPECT_EQ(order({one_, two_}), "12") << "not on trial: it has answered";
  health_.note_error(one_, now_);
  EXPECT_EQ(order({one_, two_}), "21");
  health_.note_back(one_, now_);
  health_.note_success(one_, now_);
  health_.note_timeout(one_, now_);
  EXPECT_EQ(order({one_, two_}), "12");
  health_.note_back(three_, now_);
  EXPECT_EQ(health_.size(), 1U);
}

TEST_F(TargetHealthTest, OfTheFailedTheOldestComesFirst) {
  health_.note_failure(two_, now_);
  now_ += 1s;
  health_.note_failure(three_, now_);
  now_ += 1s;
  health_.note_failure(one_, now_);
  EXPECT_EQ(order({one_, two_, three_}), "231");
}

TEST_F(TargetHealthTest, OneCallTriesItAgain) {
  health_.note_failure(one_, now_);
  now_ += TargetHealth::penalty_min;
  EXPECT_EQ(order({one_, two_}), "12");
  EXPECT_EQ(order({one_, two_}), "21");
  now_ += TargetHealth::trial;
  EXPECT_EQ(order({one_, two_}), "12");
  health_.note_success(one_, now_);
  EXPECT_EQ(order({one_, two_}), "12");
}

TEST_F(TargetHealthTest, PenaltiesDoubleUpToABound) {
  for (const Duration penalty : {30s, 60s, 120s, 240s, 300s, 300s}) {
    health_.note_failure(one_, now_);
    health_.note_failure(one_, now_);  // Of a call that was under way as well.
    EXPECT_FALSE(health_.is_healthy(one_, now_ + penalty - 1s)) << penalty.count();
    EXPECT_TRUE(health_.is_healthy(one_, now_ + penalty)) << penalty.count();
    now_ += penalty;
  }
  now_ += TargetHealth::memory;
  health_.note_failure(one_, now_);
  EXPECT_TRUE(health_.is_healthy(one_, now_ + TargetHealth::penalty_min));
}

TEST_F(TargetHealthTest, ServersSayWhenToComeBackWithinReason) {
  health_.note_failure(one_, now_, 600s);
  EXPECT_FALSE(health_.is_healthy(one_, now_ + 599s));
  EXPECT_TRUE(health_.is_healthy(one_, now_ + 600s));
  health_.note_failure(two_, now_, std::chrono::hours(1'000'000));
  EXPECT_TRUE(health_.is_healthy(two_, now_ + TargetHealth::retry_after_max));
  health_.note_failure(three_, now_, -5s);
  EXPECT_FALSE(health_.is_healthy(three_, now_ + 29s));
}

TEST_F(TargetHealthTest, HasABound) {
  for (std::size_t i = 0; i < TargetHealth::marks_max + 100; ++i) {
    now_ += 1ms;
    health_.note_failure(target(fmt::format("10.0.{}.{}", i / 256, i % 256)), now_);
  }
  EXPECT_EQ(health_.size(), TargetHealth::marks_max);
  EXPECT_TRUE(health_.is_healthy(target("10.0.0.0"), now_));
  EXPECT_EQ(order({}), "");
}

}  // namespace
}  // namespace carillon::trunk

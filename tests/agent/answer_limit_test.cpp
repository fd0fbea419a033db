// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whatever is sent in the name of a network where nobody is, at most five answers a second reach it; where somebody has
// answered a challenge there is room for a whole office; the table stays at its size.
#include "agent/answer_limit.hpp"

#include <gtest/gtest.h>

namespace carillon::agent {
namespace {

constexpr Monotonic start{1000s};

net::Address at(std::string_view host) {
  return *net::Address::parse(host, 5060);
}

/// How many of the answers to `count` requests from there, one each millisecond, are sent.
int answers(AnswerLimit& limit, std::string_view prefix, int count, Monotonic from) {
  int sent = 0;
  for (int i = 0; i < count; ++i) sent += limit.admit(at(fmt::format("{}{}", prefix, i % 250 + 1)), from + i * 1ms) ? 1 : 0;
  return sent;
}

TEST(AnswerLimit, GivesAnUnverifiedNetworkFiveInAnySecond) {
  AnswerLimit limit({});
  EXPECT_EQ(answers(limit, "192.0.2.", 1000, start), 5);
  EXPECT_EQ(answers(limit, "192.0.3.", 1000, start), 5) << "another network";
  std::vector<Monotonic> sent;
  for (Monotonic now = start + 10s; now < start + 20s; now += 7ms)
    if (limit.admit(at("198.51.100.7"), now)) sent.push_back(now);
  ASSERT_GE(sent.size(), 45U);
  for (std::size_t i = 5; i < sent.size(); ++i) EXPECT_GE(sent[i] - sent[i - 5], 1s);
}

TEST(AnswerLimit, TakesTheWholeSiteOfIpv6) {
  AnswerLimit limit({});
  int sent = 0;
  for (int i = 0; i < 100; ++i) sent += limit.admit(at(fmt::format("2001:db8:1:{:x}::{:x}", i, i + 1)), start) ? 1 : 0;
  EXPECT_EQ(sent, 5);
  EXPECT_TRUE(limit.admit(at("2001:db8:2::1"), start));
}

TEST(AnswerLimit, GivesAVerifiedNetworkMore) {
  AnswerLimit limit({});
  EXPECT_EQ(answers(limit, "192.0.2.", 100, start), 5);
  EXPECT_TRUE(limit.verify(at("192.0.2.9"), start));
  EXPECT_FALSE(limit.verify(at("192.0.2.10"), start + 1h));
  EXPECT_EQ(answers(limit, "192.0.2.", 990, start), 100) << "more, but not all";
  EXPECT_EQ(answers(limit, "192.0.2.", 50, start + 24h), 50);
  EXPECT_TRUE(limit.verify(at("192.0.2.9"), start + 24h)) << "half of its time is over";
  EXPECT_EQ(answers(limit, "192.0.2.", 100, start + 49h), 5) << "nobody was there for a day";
}

TEST(AnswerLimit, SharesTheAnswersAmongShards) {
  for (const std::uint32_t shards : {1U, 2U, 3U, 4U, 5U, 8U, 64U}) {
    std::vector<std::unique_ptr<AnswerLimit>> limits;
    for (std::uint32_t i = 0; i < shards; ++i)
      limits.push_back(std::make_unique<AnswerLimit>(AnswerLimit::Limits{.shards = shards}, 64));
    int sent = 0;
    for (Monotonic now = start; now < start + 100s; now += 10ms)
      for (auto& limit : limits) sent += limit->admit(at("192.0.2.1"), now) ? 1 : 0;
    EXPECT_LE(sent, 500 + static_cast<int>(shards)) << shards;
    EXPECT_GE(sent, 290) << shards;
  }
}

TEST(AnswerLimit, ZeroSwitchesItOff) {
  AnswerLimit limit({.answers = 0});
  EXPECT_EQ(answers(limit, "192.0.2.", 1000, start), 1000);
}

TEST(AnswerLimit, ForgetsTheOldestNetworks) {
  AnswerLimit limit({}, 64);
  for (int i = 0; i < 10000; ++i) EXPECT_TRUE(limit.admit(at(fmt::format("10.{}.{}.1", i / 250, i % 250)), start + i * 1ms));
}

}  // namespace
}  // namespace carillon::agent

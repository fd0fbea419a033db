// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: in no sixty seconds more begin than may, whenever one looks, and what is refused does not count.
#include "trunk/pace.hpp"

#include <gtest/gtest.h>

#include "trunk/permits.hpp"

namespace carillon::trunk {
namespace {

constexpr Monotonic start{1h};

TEST(Pace, LetsSoManyBeginWithinAMinute) {
  Pace pace;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pace.take(3, start + i * 1s));
  EXPECT_FALSE(pace.take(3, start + 3s));
  EXPECT_FALSE(pace.take(3, start + 59s));
  EXPECT_TRUE(pace.take(3, start + 61s));
  EXPECT_FALSE(pace.take(3, start + 61s));  // The second one began less than a minute ago.
  EXPECT_TRUE(pace.take(3, start + 62s));
}

TEST(Pace, SlidesThroughAnyTime) {
  constexpr std::uint32_t most = 7;
  Pace pace;
  std::vector<Monotonic> begun;
  for (Monotonic now = start; now < start + 20min; now += 713ms) {
    if (!pace.take(most, now)) continue;
    begun.push_back(now);
    if (begun.size() > most) {
      EXPECT_GE(now - begun[begun.size() - 1 - most], 60s);
    }
  }
  EXPECT_GT(begun.size(), 19 * most);
}

TEST(Pace, IsIdleAMinuteLater) {
  Pace pace;
  EXPECT_TRUE(pace.is_idle(start));
  EXPECT_TRUE(pace.take(1, start));
  EXPECT_FALSE(pace.is_idle(start + 59s));
  EXPECT_TRUE(pace.is_idle(start + 62s));
  EXPECT_TRUE(pace.take(1, start + 240h));  // Whatever time has passed.
}

TEST(PermitCounts, KnowsBothLimitsApart) {
  const PermitKey key = PermitKey::of(Id<model::Customer>{300});
  PermitCounts counts;
  const CallLimit limit{.at_a_time = 1, .a_minute = 2};
  EXPECT_EQ(counts.take(key, {1, 1}, limit, start), Verdict::taken);
  EXPECT_EQ(counts.take(key, {1, 2}, limit, start), Verdict::full);  // Which did not begin.
  counts.give_back(key, {1, 1});
  EXPECT_EQ(counts.take(key, {1, 3}, limit, start + 1s), Verdict::taken);
  counts.give_back(key, {1, 3});
  EXPECT_EQ(counts.take(key, {1, 4}, limit, start + 2s), Verdict::too_fast);
  EXPECT_EQ(counts.count(key), 0U);
  EXPECT_EQ(counts.take(key, {1, 5}, limit, start + 61s), Verdict::taken);
}

TEST(PermitKey, LivesWithItsCustomer) {
  const Id<model::Customer> customer{0x1234};
  EXPECT_EQ(PermitKey::of(Id<model::User>{7}, customer).slot(), PermitKey::of(customer).slot());
  EXPECT_EQ(PermitKey::of(Id<model::Terminal>{8}, customer).slot(), 0x34);
}

}  // namespace
}  // namespace carillon::trunk

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: bans are seen as long as they are in force, once each, and never more than the list holds.
#include "agent/ban_list.hpp"

#include <gtest/gtest.h>

namespace carillon::agent {
namespace {

constexpr Instant start{std::chrono::seconds(1'750'000'000)};

Ban flood(int number, Instant since = start) {
  net::Address source = *net::Address::parse("203.0.113.0", 5060);
  source.bytes[14] = static_cast<std::uint8_t>(number / 256);
  source.bytes[15] = static_cast<std::uint8_t>(number);
  return {.reason = Ban::Reason::flood, .source = source, .user = {}, .realm = {}, .since = since, .until = since + 300s};
}

TEST(BanList, ShowsWhatIsInForce) {
  BanList bans;
  bans.add(flood(1));
  bans.add(flood(2, start + 200s));
  bans.add(flood(2, start + 250s));
  ASSERT_EQ(bans.list(start + 260s).size(), 2U);
  ASSERT_EQ(bans.list(start + 301s).size(), 1U);
  EXPECT_EQ(bans.list(start + 301s).front().name(), flood(2).name());
}

TEST(BanList, GivesOutByName) {
  BanList bans;
  Ban account = flood(7);
  account.reason = Ban::Reason::account;
  account.user = "alice";
  account.realm = "users.example";
  bans.add(account);
  bans.add(flood(7));
  EXPECT_TRUE(bans.take("alice", start).empty());
  ASSERT_EQ(bans.take("alice@users.example", start).size(), 1U);
  EXPECT_EQ(bans.list(start).size(), 1U);
  EXPECT_EQ(bans.take(flood(7).name(), start).size(), 1U);
  EXPECT_TRUE(bans.list(start).empty());
}

TEST(BanList, IsBounded) {
  BanList bans;
  for (int i = 0; i < 2000; ++i) bans.add(flood(i));
  EXPECT_EQ(bans.list(start).size(), BanList::bans_max);
  EXPECT_EQ(bans.list(start).back().name(), flood(1999).name());
}

}  // namespace
}  // namespace carillon::agent

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a flooding source falls silent and comes back, neighbours notice nothing, and the table stays at its size.
#include "agent/flood_guard.hpp"

#include <gtest/gtest.h>

namespace carillon::agent {
namespace {

const net::Address phone = *net::Address::parse("192.0.2.7", 5060);
const net::Address neighbour = *net::Address::parse("192.0.2.8", 5060);
constexpr Monotonic start{1000s};

FloodGuard::Limits ten_in_two_seconds() {
  return {.requests = 10, .window = 2s, .silence = 300s, .trusted_factor = 20};
}

TEST(FloodGuard, SilencesWhoSendsTooMuch) {
  FloodGuard guard(ten_in_two_seconds());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(guard.admit(phone, false, start), FloodGuard::Verdict::admit);
  EXPECT_EQ(guard.admit(phone, false, start), FloodGuard::Verdict::now_silenced);
  EXPECT_EQ(guard.admit(phone.with_port(9), false, start + 299s), FloodGuard::Verdict::silenced);
  EXPECT_EQ(guard.admit(neighbour, false, start), FloodGuard::Verdict::admit);
  EXPECT_EQ(guard.admit(phone, false, start + 300s), FloodGuard::Verdict::admit);
}

TEST(FloodGuard, ForgetsAWindowThatHasPassed) {
  FloodGuard guard(ten_in_two_seconds());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(guard.admit(phone, false, start + i * 250ms), FloodGuard::Verdict::admit);
}

TEST(FloodGuard, TrustsUpToAFactor) {
  FloodGuard guard(ten_in_two_seconds());
  for (int i = 0; i < 200; ++i) EXPECT_EQ(guard.admit(phone, true, start), FloodGuard::Verdict::admit);
  EXPECT_EQ(guard.admit(phone, true, start), FloodGuard::Verdict::now_silenced);
}

/// An office that powers on: as soon as one of its phones has proved its account, the others have time.
TEST(FloodGuard, TrustsWhereAnAccountProvedItself) {
  FloodGuard guard(ten_in_two_seconds());
  for (int i = 0; i < 9; ++i) EXPECT_EQ(guard.admit(phone, false, start), FloodGuard::Verdict::admit);
  EXPECT_TRUE(guard.trust(phone, start));
  EXPECT_FALSE(guard.trust(phone.with_port(9), start + 1s));
  for (int i = 9; i < 200; ++i) EXPECT_EQ(guard.admit(phone, false, start + 1s), FloodGuard::Verdict::admit);
  EXPECT_EQ(guard.admit(phone, false, start + 1s), FloodGuard::Verdict::now_silenced) << "more, but not all";
  EXPECT_TRUE(guard.trust(phone, start + 13h)) << "half of its time is over";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(guard.admit(phone, false, start + 38h), FloodGuard::Verdict::admit);
  EXPECT_EQ(guard.admit(phone, false, start + 38h), FloodGuard::Verdict::now_silenced) << "nobody was there for a day";
  guard.trust(phone, start + 38h);
  EXPECT_EQ(guard.admit(phone, false, start + 38h), FloodGuard::Verdict::silenced) << "a silence goes on";
}

TEST(FloodGuard, ZeroSwitchesItOff) {
  FloodGuard guard({.requests = 0});
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(guard.admit(phone, false, start), FloodGuard::Verdict::admit);
}

TEST(FloodGuard, HoldsAnIpv6NetworkToAccount) {
  FloodGuard guard(ten_in_two_seconds());
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(guard.admit(*net::Address::parse(fmt::format("2001:db8::{:x}", i + 1), 5060), false, start),
              FloodGuard::Verdict::admit);
  EXPECT_EQ(guard.admit(*net::Address::parse("2001:db8::ffff", 1), false, start), FloodGuard::Verdict::now_silenced);
}

TEST(RecentTable, KeepsItsSizeAndForgetsTheOldest) {
  RecentTable<int> table(64);
  EXPECT_EQ(table.capacity(), 64u);
  for (std::uint64_t key = 1; key <= 10000; ++key) table.at(key, start + Duration(key)) = static_cast<int>(key);
  int kept = 0;
  for (std::uint64_t key = 1; key <= 10000; ++key)
    if (const int* value = table.find(key); value != nullptr) {
      EXPECT_EQ(*value, static_cast<int>(key));
      ++kept;
    }
  EXPECT_EQ(kept, 64);
}

}  // namespace
}  // namespace carillon::agent

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: guessing slows down and stops, while whoever proved to know the password is never locked out by others (reliability
// T-02).
#include "agent/password_guard.hpp"

#include <gtest/gtest.h>

namespace carillon::agent {
namespace {

using Verdict = PasswordGuard::Verdict;
const net::Address phone = *net::Address::parse("192.0.2.7", 5060);
const net::Address attacker = *net::Address::parse("203.0.113.66", 5060);

PasswordGuard::Attempt alice(const net::Address& source) {
  return {"alice", "users.example", source};
}
constexpr Monotonic start{1000s};

TEST(PasswordGuard, SlowsDownAfterFiveAndBansAtTwenty) {
  PasswordGuard guard;
  Monotonic now = start;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(guard.check(alice(attacker), now), Verdict::allow);
    EXPECT_FALSE(guard.failed(alice(attacker), now));
  }
  EXPECT_EQ(guard.check(alice(attacker), now), Verdict::refuse);
  EXPECT_EQ(guard.check(alice(attacker), now + 1s), Verdict::allow);
  for (int i = 5; i < 19; ++i) EXPECT_FALSE(guard.failed(alice(attacker), now));
  EXPECT_EQ(guard.failed(alice(attacker), now), Ban::Reason::password);
  EXPECT_EQ(guard.check(alice(attacker), now + 11h), Verdict::drop);
  EXPECT_EQ(guard.check(alice(phone), now), Verdict::allow) << "another source is not held to it";
}

TEST(PasswordGuard, NeverLocksOutAProvenSource) {
  PasswordGuard guard;
  guard.succeeded(alice(phone), start);
  for (std::uint16_t i = 0; i < 300; ++i) {
    net::Address one = attacker;
    one.bytes[15] = static_cast<std::uint8_t>(i);
    guard.failed(alice(one), start);
  }
  EXPECT_EQ(guard.check(alice(phone), start + 23h), Verdict::allow);
  EXPECT_EQ(guard.check(alice(*net::Address::parse("198.51.100.1", 1)), start + 1s), Verdict::refuse)
      << "the account's own counter";
}

TEST(PasswordGuard, BansASourceThatTriesManyAccounts) {
  PasswordGuard guard;
  for (int i = 0; i < 100; ++i) guard.failed({fmt::format("user{}", i), "users.example", attacker}, start);
  EXPECT_EQ(guard.check(alice(attacker), start), Verdict::drop);
  guard.forgive(alice(attacker), Ban::Reason::source);
  EXPECT_EQ(guard.check(alice(attacker), start), Verdict::allow);
}

TEST(PasswordGuard, ASuccessClearsThePair) {
  PasswordGuard guard;
  for (int i = 0; i < 6; ++i) guard.failed(alice(phone), start);
  guard.succeeded(alice(phone), start);
  EXPECT_EQ(guard.check(alice(phone), start), Verdict::allow);
}

TEST(PasswordGuard, ASuccessClearsFailuresThatCameAfterAnother) {
  PasswordGuard guard;
  guard.succeeded(alice(phone), start);
  for (int i = 0; i < 6; ++i) guard.failed(alice(phone), start);
  guard.succeeded(alice(phone), start);
  EXPECT_EQ(guard.check(alice(phone), start + 25h), Verdict::allow);
  for (int i = 0; i < 5; ++i) guard.failed(alice(phone), start + 25h);
  EXPECT_EQ(guard.check(alice(phone), start + 25h), Verdict::refuse) << "counted from none";
}

TEST(PasswordGuard, NeighboursOfAPhoneGuessNoFasterAndKeepItNotOut) {
  PasswordGuard guard;
  net::Address neighbour = phone;
  neighbour.port = 40000;
  guard.succeeded(alice(phone), start);
  for (int i = 0; i < 30; ++i) EXPECT_FALSE(guard.failed(alice(neighbour), start));
  EXPECT_EQ(guard.check(alice(neighbour), start + 63s), Verdict::refuse);
  EXPECT_EQ(guard.check(alice(phone), start), Verdict::allow);
  EXPECT_EQ(guard.check(alice(neighbour), start + 64s), Verdict::allow) << "it may be the phone, on a new connection";
}

TEST(PasswordGuard, ForgetsFailuresOfYesterday) {
  PasswordGuard guard;
  for (int i = 0; i < 99; ++i) guard.failed({fmt::format("user{}", i), "users.example", phone}, start);
  for (int i = 0; i < 99; ++i) guard.failed({fmt::format("user{}", i), "users.example", phone}, start + 12h);
  EXPECT_EQ(guard.check(alice(phone), start + 12h), Verdict::allow);
}

}  // namespace
}  // namespace carillon::agent

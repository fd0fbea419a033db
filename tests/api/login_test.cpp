// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: who knows a password gets a token, nobody learns which names exist, and guessing gets slower for the guesser alone.
#include "site.hpp"

namespace carillon::api {
namespace {

class LoginTest : public testing::Site {};

CARILLON_ON_EACH_DATABASE(LoginTest);

TEST_P(LoginTest, GivesATokenAndTheRole) {
  const std::pair<const char*, const char*> logins[] = {
      {"admin", "platform"}, {"demobrand", "brand"}, {"democompany", "customer"}, {"alice@democompany.com", "user"}};
  std::set<std::string> tokens;
  for (const auto& [name, role] : logins) {
    const auto reply = log_in(name, "changeme");
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.string("role"), role);
    EXPECT_GE(reply.string("token").size(), 64U);
    EXPECT_TRUE(tokens.insert(reply.string("token")).second);
  }
}

TEST_P(LoginTest, KnownAndUnknownNamesGetTheSameAnswer) {
  const auto known = log_in("admin", "wrong");
  const auto unknown = log_in("nobody", "wrong");
  EXPECT_EQ(known.status, 401U);
  EXPECT_EQ(known.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(known.text, unknown.text);
}

TEST_P(LoginTest, TakesNoOneWhoIsSwitchedOff) {
  const std::string token = token_of("alice@democompany.com");
  EXPECT_EQ(get("/live/calls", token).status, 200U);
  ASSERT_TRUE(database_->execute("UPDATE users SET active = 0"));
  EXPECT_EQ(log_in("alice@democompany.com", "changeme").status, 401U);
  EXPECT_EQ(get("/live/calls", token).status, 401U);
}

TEST_P(LoginTest, NamesWhatIsWrongWithTheRequest) {
  const std::pair<std::string, unsigned> bodies[] = {{"", 400},
                                                     {"x", 400},
                                                     {"[]", 400},
                                                     {R"({"username":"admin"})", 400},
                                                     {R"({"username":"admin","password":7})", 400},
                                                     {R"({"username":"","password":"x"})", 400},
                                                     {R"({"username":")" + std::string(257, 'x') + R"(","password":"x"})", 400},
                                                     {std::string(5000, ' '), 413}};
  for (const auto& [body, status] : bodies) {
    EXPECT_EQ(ask({.method = "POST", .path = "/api/v1/auth/login", .body = body}).status, status) << body;
  }
  const auto reply = ask({.method = "POST", .path = "/api/v1/auth/login", .body = R"({"password":"x"})"});
  EXPECT_EQ(reply.body.at("errors").at(0).at("field").as_string(), "username");
}

TEST_P(LoginTest, SlowsDownGuessing) {
  for (int n = 0; n < LoginGuard::free_tries; ++n) EXPECT_EQ(log_in("admin", "guess").status, 401U);
  const auto slowed = log_in("admin", "changeme");
  EXPECT_EQ(slowed.status, 429U);
  EXPECT_EQ(slowed.headers.at("retry-after"), "1");
  EXPECT_EQ(log_in("demobrand", "changeme").status, 200U);
}

TEST_P(LoginTest, WantsATokenForEverythingElse) {
  for (const char* token : {"", "x", "ct_0000000000000000000000000000000000000000000000000000000000000000"}) {
    const auto reply = get("/calls", token);
    EXPECT_EQ(reply.status, 401U);
    EXPECT_EQ(reply.headers.at("www-authenticate"), "Bearer");
  }
  EXPECT_EQ(get("/calls", std::string(10'000, 'x')).status, 401U);
}

TEST(LoginGuard, DoublesTheWait) {
  LoginGuard guard;
  Monotonic now{1h};
  for (int n = 0; n < LoginGuard::free_tries; ++n) EXPECT_EQ(guard.begin("admin", "a", now), 0s);
  Duration expected = 1s;
  for (int n = 0; n < 12; ++n) {
    EXPECT_EQ(guard.begin("admin", "a", now), expected);
    now += expected;
    EXPECT_EQ(guard.begin("admin", "a", now), 0s);
    expected = std::min(expected * 2, LoginGuard::longest_wait);
  }
}

TEST(LoginGuard, TouchesNobodyElse) {
  LoginGuard guard;
  const Monotonic now{1h};
  for (int n = 0; n < LoginGuard::free_tries; ++n) (void)guard.begin("admin", "a", now);
  EXPECT_GT(guard.begin("admin", "a", now), 0s);
  EXPECT_EQ(guard.begin("admin", "b", now), 0s);
  EXPECT_EQ(guard.begin("other", "a", now), 0s);
}

TEST(LoginGuard, SlowsASourceThatTriesManyAccounts) {
  LoginGuard guard;
  const Monotonic now{1h};
  for (int n = 0; n < LoginGuard::free_tries_source; ++n) EXPECT_EQ(guard.begin(std::to_string(n), "a", now), 0s);
  EXPECT_GT(guard.begin("one more", "a", now), 0s);
  EXPECT_EQ(guard.begin("one more", "b", now), 0s);
}

TEST(LoginGuard, ForgivesAndForgets) {
  LoginGuard guard;
  const Monotonic now{1h};
  for (int n = 1; n < LoginGuard::free_tries; ++n) (void)guard.begin("admin", "a", now);
  guard.succeeded("admin", "a");
  for (int n = 0; n < LoginGuard::free_tries; ++n) EXPECT_EQ(guard.begin("admin", "a", now), 0s);
  EXPECT_GT(guard.begin("admin", "a", now), 0s);
  EXPECT_EQ(guard.begin("admin", "a", now + LoginGuard::memory), 0s);
}

TEST(LoginGuard, CountsNoTryThatNobodyCouldJudge) {
  LoginGuard guard;
  const Monotonic now{1h};
  for (int n = 0; n < 100; ++n) {
    ASSERT_EQ(guard.begin("admin", "a", now), 0s);
    guard.undecided("admin", "a");
  }
  for (int n = 0; n < LoginGuard::free_tries; ++n) EXPECT_EQ(guard.begin("admin", "a", now), 0s);
  guard.undecided("nobody", "b");
  EXPECT_GT(guard.begin("admin", "a", now), 0s);
}

TEST(LoginGuard, TakesANetworkOfIpv6ForOneSource) {
  const auto source = [](const char* host) { return source_of(*net::Address::parse(host, 0)); };
  EXPECT_EQ(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::7"));
  EXPECT_NE(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
  EXPECT_NE(source("192.0.2.1"), source("192.0.2.2"));
  EXPECT_EQ(source("192.0.2.1"), "192.0.2.1");
}

TEST(LoginGuard, IsBounded) {
  LoginGuard guard;
  const Monotonic now{1h};
  for (std::size_t n = 0; n < LoginGuard::entries_max * 2; ++n) (void)guard.begin("a", std::to_string(n), now);
  EXPECT_EQ(guard.begin("a", "0", now), 0s);
}

}  // namespace
}  // namespace carillon::api

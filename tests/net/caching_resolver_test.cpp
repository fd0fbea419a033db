// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: names that are known cost nothing, and a DNS that is slow, broken or away costs calls half a second at most.
#include "net/caching_resolver.hpp"

#include <gtest/gtest.h>

#include "support/fake_resolver.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::net {
namespace {

class CachingResolverTest : public ::testing::Test {
 protected:
  struct Seen {
    bool is_there = false;
    DnsAnswer answer;
    Duration after{};
    std::string address() const { return answer.records.empty() ? "" : answer.records[0].value; }
  };
  std::shared_ptr<Seen> ask(const std::string& name = "a.example", DnsType type = DnsType::a) {
    auto seen = std::make_shared<Seen>();
    const Monotonic begin = loop_.now();
    resolver_->ask({name, type}, [this, seen, begin](DnsAnswer answer) {
      *seen = {.is_there = true, .answer = std::move(answer), .after = loop_.now() - begin};
    });
    return seen;
  }
  /// The answer and how long it took.
  Seen wait(const std::string& name = "a.example") {
    const auto seen = ask(name);
    loop_.run_for(seen->is_there ? Duration::zero() : 10s);
    return *seen;
  }
  int times(const std::string& name = "a.example") const { return dns_.times({name, DnsType::a}); }

  carillon::test::VirtualLoop loop_;
  carillon::test::FakeResolver dns_{loop_};
  std::unique_ptr<CachingResolver> resolver_ = std::make_unique<CachingResolver>(loop_, dns_);
};

TEST_F(CachingResolverTest, KnowsWhatItWasToldForAWhile) {
  dns_.a("a.example", "192.0.2.1").delay = 20ms;
  EXPECT_EQ(wait().after, 20ms);
  EXPECT_TRUE(ask("A.EXAMPLE.")->is_there);
  loop_.run_for(40s);
  EXPECT_TRUE(ask()->is_there);
  EXPECT_EQ(times(), 1);
  loop_.run_for(15s);
  EXPECT_EQ(wait().after, 20ms);
  EXPECT_EQ(times(), 2);
}

TEST_F(CachingResolverTest, BoundsTimesToLive) {
  dns_.a("a.example", "192.0.2.1").ttl = 0s;
  wait();
  loop_.run_for(19s);
  EXPECT_TRUE(ask()->is_there);
  dns_.ttl = 1000h;
  loop_.run_for(5s);
  wait();
  loop_.run_for(59min);
  wait();
  EXPECT_EQ(times(), 2);
  loop_.run_for(2min);
  wait();
  EXPECT_EQ(times(), 3);
}

TEST_F(CachingResolverTest, RemembersWhatIsNotThere) {
  EXPECT_EQ(wait().answer.outcome, DnsOutcome::no_records);
  dns_.a("a.example", "192.0.2.1");
  loop_.run_for(45s);
  EXPECT_EQ(ask()->answer.outcome, DnsOutcome::no_records);
  loop_.run_for(10s);
  EXPECT_EQ(wait().address(), "192.0.2.1");
  const auto bad = ask("a b");
  EXPECT_TRUE(bad->is_there);
  EXPECT_EQ(bad->answer.outcome, DnsOutcome::no_records);
}

TEST_F(CachingResolverTest, AsksOnceForAll) {
  dns_.a("a.example", "192.0.2.1").delay = 50ms;
  std::vector<std::shared_ptr<Seen>> all;
  for (int i = 0; i < 100; ++i) all.push_back(ask());
  EXPECT_EQ(resolver_->waiting(), 100U);
  loop_.run_for(1s);
  for (const auto& each : all) EXPECT_EQ(each->address(), "192.0.2.1");
  EXPECT_EQ(times(), 1);
  EXPECT_EQ(resolver_->waiting(), 0U);
}

TEST_F(CachingResolverTest, HangingNamesDelayNoOther) {
  dns_.a("b.example", "192.0.2.2").silent = {"a.example"};
  dns_.delay = 10ms;
  const auto hanging = ask();
  EXPECT_EQ(wait("b.example").after, 10ms);
  EXPECT_EQ(hanging->answer.outcome, DnsOutcome::slow);
  EXPECT_EQ(hanging->after, 4s);
}

// while the DNS is away the last answers serve for a day; it is asked every five seconds at most.
TEST_F(CachingResolverTest, GoesOnWithoutTheDns) {
  dns_.a("a.example", "192.0.2.1");
  wait();
  dns_.is_away = true;
  loop_.run_for(2min);
  const Seen first = wait();
  EXPECT_EQ(first.address(), "192.0.2.1");
  EXPECT_EQ(first.after, CachingResolver::patience);
  const int before = times();
  for (int second = 0; second < 600; ++second) {
    const auto seen = ask();
    EXPECT_TRUE(seen->is_there);
    EXPECT_EQ(seen->address(), "192.0.2.1");
    loop_.run_for(1s);
  }
  EXPECT_GT(times() - before, 30);
  EXPECT_LE(times() - before, 120);
  dns_.is_away = false;
  dns_.remove("a.example", DnsType::a);
  dns_.a("a.example", "192.0.2.9");
  loop_.run_for(6s);
  ask();
  loop_.run_for(1s);
  EXPECT_EQ(ask()->address(), "192.0.2.9");
}

TEST_F(CachingResolverTest, ForgetsAfterADay) {
  dns_.a("a.example", "192.0.2.1");
  wait();
  dns_.is_failing = true;
  loop_.run_for(23h);
  EXPECT_EQ(wait().address(), "192.0.2.1");
  loop_.run_for(2h);
  EXPECT_EQ(wait().answer.outcome, DnsOutcome::failed);
}

TEST_F(CachingResolverTest, WhoeverComesWhileItIsLateTakesTheLastAnswer) {
  dns_.a("a.example", "192.0.2.1");
  wait();
  loop_.run_for(2min);
  dns_.late["a.example"] = 2s;
  const auto first = ask();
  loop_.run_for(600ms);
  EXPECT_TRUE(first->is_there);
  EXPECT_TRUE(ask()->is_there);
  EXPECT_EQ(times(), 2);
  loop_.run_for(2s);
  loop_.run_for(30s);
  EXPECT_TRUE(ask()->is_there);  // What came late counts.
  EXPECT_EQ(times(), 2);
}

TEST_F(CachingResolverTest, FailuresAreToldAtOnceForAWhile) {
  dns_.silent = {"a.example"};
  EXPECT_EQ(wait().after, 4s);
  const auto soon = ask();
  EXPECT_TRUE(soon->is_there);
  EXPECT_EQ(soon->answer.outcome, DnsOutcome::slow);
  dns_.silent.clear();
  dns_.a("a.example", "192.0.2.1");
  loop_.run_for(10s);  // It was asked again meanwhile, in vain.
  EXPECT_EQ(ask()->answer.outcome, DnsOutcome::slow);
  loop_.run_for(1s);
  EXPECT_EQ(ask()->address(), "192.0.2.1");
}

TEST_F(CachingResolverTest, HasBounds) {
  dns_.is_away = true;
  for (std::size_t i = 0; i < CachingResolver::questions_max; ++i) ask(fmt::format("{}.example", i));
  const auto beyond = ask("beyond.example");
  EXPECT_TRUE(beyond->is_there);
  EXPECT_EQ(beyond->answer.outcome, DnsOutcome::failed);
  while (resolver_->waiting() < CachingResolver::waiting_max) ask("1.example");
  EXPECT_TRUE(ask("1.example")->is_there);
  loop_.run_for(5s);
  EXPECT_EQ(resolver_->waiting(), 0U);
}

TEST_F(CachingResolverTest, MayGoWhileQuestionsAreOut) {
  dns_.a("a.example", "192.0.2.1").delay = 50ms;
  const auto seen = ask();
  resolver_.reset();
  loop_.run_for(1s);
  EXPECT_FALSE(seen->is_there);
}

TEST(DnsCache, KeepsWhatWasHeardLast) {
  DnsCache cache;
  const Monotonic now{1h};
  const DnsAnswer one{.outcome = DnsOutcome::records, .records = {{.value = "192.0.2.1"}}, .ttl = 60s};
  for (std::size_t i = 0; i <= DnsCache::entries_max; ++i) {
    cache.put({fmt::format("{}.example", i)}, one, now);
    if (i == 10) continue;
    cache.put({"0.example"}, one, now);
  }
  EXPECT_EQ(cache.size(), DnsCache::entries_max);
  EXPECT_NE(cache.find({"0.example"}, now).answer, nullptr);
  EXPECT_EQ(cache.find({"1.example"}, now).answer, nullptr);
  DnsAnswer many = one;
  many.records.resize(dns_records_max);
  for (std::size_t i = 0; i < 5000; ++i) cache.put({fmt::format("{}.many.example", i)}, many, now);
  EXPECT_EQ(cache.size(), DnsCache::records_max / dns_records_max);
}

}  // namespace
}  // namespace carillon::net

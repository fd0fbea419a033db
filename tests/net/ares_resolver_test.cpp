// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: answers of a real name server arrive at the loop that asked, whatever that server does, and no name delays another.
#include "net/ares_resolver.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "net/name_server.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::net {
namespace {

using test::NameServer;
using test::record_of;
using Reply = NameServer::Reply;

constexpr std::size_t a = 1, cname = 5;
const std::string address = "\xc6\x33\x64\x01";

Reply reply_to(const DnsQuestion& question, bool is_tcp) {
  const std::string& name = question.name;
  if (name == "refused.example") return {.records = {}, .flags = 0x8185};
  if (name == "broken.example") return {.records = {}, .flags = 0x8182};
  if (name == "none.example") return {.records = {}, .flags = 0x8183};
  if (name == "empty.example") return {.records = {}};
  if (name.starts_with("silent")) return {.records = {}, .is_silent = true};
  if (name == "late.example") return {.records = {record_of(a, 60, address)}, .delay = 300ms};
  if (name == "garbage.example") return {.records = {"\xc0"}};
  if (name == "loop.example")
    return {.records = {record_of(cname, 60, test::name_of("b.example")),
                        record_of(cname, 60, test::name_of("loop.example"), test::name_of("b.example"))}};
  if (name == "large.example") {
    if (!is_tcp) return {.records = {}, .flags = 0x8380};
    Reply reply{.records = {}};
    for (std::size_t i = 0; i < 1000; ++i) reply.records.push_back(record_of(a, 60, test::number_of(0x0a000000 + i, 4)));
    return reply;
  }
  return {.records = {record_of(a, 60, address)}};
}

class AresResolverTest : public ::testing::Test {
 protected:
  /// Asks at once; the answers are there when `wait` has returned.
  std::shared_ptr<DnsAnswer> ask(const std::string& name, DnsType type = DnsType::a) {
    auto answer = std::make_shared<DnsAnswer>();
    ++open_;
    resolver_.ask({name, type}, [this, answer](DnsAnswer said) {
      *answer = std::move(said);
      --open_;
      order_.push_back(answer.get());
    });
    return answer;
  }
  void wait() {
    loop_.run_until_idle();
    while (open_ > 0) ASSERT_TRUE(loop_.run_posted());
  }
  DnsOutcome outcome(const std::string& name) {
    const auto answer = ask(name);
    wait();
    return answer->outcome;
  }

  carillon::test::VirtualLoop loop_;
  NameServer server_{reply_to};
  int open_ = 0;
  std::vector<const DnsAnswer*> order_;
  AresThread thread_{server_.address()};
  AresResolver resolver_{thread_, loop_};
};

TEST_F(AresResolverTest, BringsRecords) {
  const auto answer = ask("a.example");
  EXPECT_EQ(open_, 1);  // Never before a later turn.
  wait();
  ASSERT_EQ(answer->records.size(), 1U);
  EXPECT_EQ(answer->records[0].value, "198.51.100.1");
  EXPECT_EQ(answer->ttl, 60s);
}

TEST_F(AresResolverTest, SaysWhyThereAreNone) {
  EXPECT_EQ(outcome("none.example"), DnsOutcome::no_records);
  EXPECT_EQ(outcome("empty.example"), DnsOutcome::no_records);
  EXPECT_EQ(outcome("loop.example"), DnsOutcome::no_records);
  EXPECT_EQ(outcome("broken.example"), DnsOutcome::failed);
  EXPECT_EQ(outcome("refused.example"), DnsOutcome::failed);
  EXPECT_EQ(outcome("garbage.example"), DnsOutcome::failed);
  const int asked = server_.asked();
  EXPECT_EQ(outcome("a b"), DnsOutcome::no_records);
  EXPECT_EQ(outcome(std::string(300, 'a')), DnsOutcome::no_records);
  EXPECT_EQ(server_.asked(), asked);
}

TEST_F(AresResolverTest, AsksByTcpWhatIsCutOff) {
  const auto answer = ask("large.example");
  wait();
  EXPECT_EQ(answer->records.size(), dns_records_max);
  EXPECT_EQ(server_.asked_by_tcp(), 1);
}

TEST_F(AresResolverTest, SilentNamesDelayNoOther) {
  std::vector<std::shared_ptr<DnsAnswer>> silent;
  for (int i = 0; i < 300; ++i) silent.push_back(ask(fmt::format("silent{}.example", i)));
  const auto late = ask("late.example");
  const auto quick = ask("a.example");
  const Monotonic begin = system_monotonic_time();
  wait();
  EXPECT_LT(system_monotonic_time() - begin, AresThread::patience + 4s);
  EXPECT_EQ(order_.at(0), quick.get());
  EXPECT_EQ(order_.at(1), late.get());
  EXPECT_EQ(late->outcome, DnsOutcome::records);
  for (const auto& each : silent) EXPECT_EQ(each->outcome, DnsOutcome::slow);
  EXPECT_GE(server_.ports(), 2U);  // More than a channel takes, so another port.
}

TEST_F(AresResolverTest, AsksOnceForAll) {
  std::vector<std::shared_ptr<DnsAnswer>> answers;
  for (int i = 0; i < 50; ++i) answers.push_back(ask("late.example"));
  wait();
  for (const auto& each : answers) EXPECT_EQ(each->outcome, DnsOutcome::records);
  EXPECT_EQ(server_.asked(), 1);
}

TEST_F(AresResolverTest, HasABound) {
  const auto first = ask("late.example");
  for (std::size_t i = 1; i < AresThread::askers_max; ++i) ask("late.example");
  const auto beyond = ask("late.example");
  wait();
  EXPECT_EQ(order_.at(0), beyond.get());
  EXPECT_EQ(beyond->outcome, DnsOutcome::failed);
  EXPECT_EQ(first->outcome, DnsOutcome::records);
  EXPECT_EQ(outcome("a.example"), DnsOutcome::records);
}

TEST(AresResolver, ServesManyLoops) {
  NameServer server(reply_to);
  AresThread thread(server.address());
  std::array<int, 3> answered{};
  std::vector<std::thread> shards;
  for (int& its : answered) {
    shards.emplace_back([&] {
      carillon::test::VirtualLoop loop;
      AresResolver resolver(thread, loop);
      for (int i = 0; i < 300; ++i)
        resolver.ask({fmt::format("{}.example", i), DnsType::a},
                     [&](const DnsAnswer& answer) { its += answer.is_known() ? 1 : 0; });
      while (its < 300 && loop.run_posted()) continue;
    });
  }
  for (std::thread& each : shards) each.join();
  for (const int its : answered) EXPECT_EQ(its, 300);
}

TEST(AresResolver, AnswersWhatIsOpenWhenItEnds) {
  carillon::test::VirtualLoop loop;
  NameServer server(reply_to);
  DnsAnswer answer{.outcome = DnsOutcome::records, .records = {}};
  {
    AresThread thread(server.address());
    AresResolver(thread, loop).ask({"silent.example", DnsType::a}, [&](DnsAnswer said) { answer = std::move(said); });
  }
  loop.run_until_idle();
  EXPECT_EQ(answer.outcome, DnsOutcome::failed);
}

TEST(AresResolver, LivesWithoutAServer) {
  for (const char* servers : {"127.0.0.1:1", "nonsense"}) {
    carillon::test::VirtualLoop loop;
    AresThread thread(servers);
    DnsAnswer answer{.outcome = DnsOutcome::records, .records = {}};
    AresResolver(thread, loop).ask({"a.example", DnsType::a}, [&](DnsAnswer said) { answer = std::move(said); });
    ASSERT_TRUE(loop.run_posted());
    EXPECT_FALSE(answer.is_known()) << servers;
  }
}

}  // namespace
}  // namespace carillon::net

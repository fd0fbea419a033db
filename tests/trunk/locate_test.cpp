// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a carrier's servers are found as RFC 3263 says, whatever its zone says, and a name that hangs holds up nobody.
#include "trunk/locate.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "net/caching_resolver.hpp"
#include "support/fake_resolver.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::trunk {
namespace {

using net::Transport;
using Options = Locator::Options;

struct Got {
  std::optional<Result<std::vector<Target>>> result;
  Monotonic at;
};

Task<> locate(Loop& loop, Locator& locator, Wanted wanted, std::shared_ptr<Got> got) {
  auto result = co_await locator.locate(std::move(wanted));
  got->result = std::move(result);
  got->at = loop.now();
}

class LocatorTest : public ::testing::Test {
 protected:
  std::shared_ptr<Got> begin(Wanted wanted) {
    auto got = std::make_shared<Got>();
    scope_.spawn(locate(loop_, *locator_, std::move(wanted), got));
    return got;
  }
  Result<std::vector<Target>> targets(Wanted wanted, Duration within = 20s) {
    const auto got = begin(std::move(wanted));
    const Monotonic start = loop_.now();
    loop_.run_for(within);
    took_ = got->at - start;
    return got->result.value();
  }
  /// "udp 192.0.2.1:5060, …", or the fault.
  static std::string text(const Result<std::vector<Target>>& found) {
    if (!found) return std::string(found.error().code);
    constexpr const char* names[] = {"udp", "tcp", "tls"};
    std::string shown;
    for (const Target& each : *found)
      shown +=
          fmt::format("{}{} {}", shown.empty() ? "" : ", ", names[static_cast<int>(each.transport)], each.address.to_string());
    return shown;
  }
  std::string find(Wanted wanted) { return text(targets(std::move(wanted))); }
  void use(Options options) {
    options.dice = [this] { return random_(); };
    locator_ = std::make_unique<Locator>(loop_, cache_, std::move(options));
  }
  void SetUp() override { use({}); }

  carillon::test::VirtualLoop loop_;
  carillon::test::FakeResolver dns_{loop_};
  net::CachingResolver cache_{loop_, dns_};
  std::mt19937_64 random_{11};
  std::unique_ptr<Locator> locator_;
  Duration took_{};
  Scope scope_{loop_, [](const Broken&) { ADD_FAILURE(); }};
};

TEST_F(LocatorTest, TakesNumbersAsTheyAre) {
  EXPECT_EQ(find({.host = "192.0.2.1"}), "udp 192.0.2.1:5060");
  EXPECT_EQ(find({.host = "[2001:db8::1]", .port = 5070, .transport = Transport::tcp}), "tcp [2001:db8::1]:5070");
  EXPECT_EQ(find({.host = "192.0.2.1", .transport = Transport::tls}), "tls 192.0.2.1:5061");
  EXPECT_EQ(find({.host = "192.0.2.1", .is_sips = true}), "tls 192.0.2.1:5061");
  EXPECT_EQ(find({.host = "192.0.2.1", .transport = Transport::tcp, .is_sips = true}), "tls 192.0.2.1:5061");
  EXPECT_EQ(find({.host = "192.0.2.1", .transport = Transport::udp, .is_sips = true}), "trunk.no_transport");
  EXPECT_EQ(find({.host = "192.0.2.1", .transport = Transport::wss}), "trunk.no_transport");
  EXPECT_TRUE(dns_.asked.empty());
}

TEST_F(LocatorTest, APortMeansAddressesAlone) {
  dns_.a("c.example", "192.0.2.1").aaaa("c.example", "2001:db8::1").srv("_sip._udp.c.example", "x.example", 5080);
  EXPECT_EQ(find({.host = "c.example", .port = 5070}), "udp 192.0.2.1:5070, udp [2001:db8::1]:5070");
  EXPECT_EQ(dns_.asked.size(), 2U);
  use({.has_v6 = false});
  EXPECT_EQ(find({.host = "c.example", .port = 5070}), "udp 192.0.2.1:5070");
  EXPECT_EQ(find({.host = "2001:db8::1"}), "trunk.no_transport");
}

TEST_F(LocatorTest, FollowsPointersToServicesToAddresses) {
  dns_.naptr("c.example", "SIP+D2U", "_sip._udp.c.example", 20)
      .naptr("c.example", "SIPS+D2T", "_sips._tcp.other.example", 10)
      .srv("_sips._tcp.other.example", "secure.example", 5071)
      .srv("_sip._udp.c.example", "b.example", 5062, 20)
      .srv("_sip._udp.c.example", "a.example", 5060, 10)
      .a("secure.example", "192.0.2.3")
      .a("a.example", "192.0.2.1")
      .a("b.example", "192.0.2.2");
  const auto found = targets({.host = "c.example"});
  EXPECT_EQ(text(found), "tls 192.0.2.3:5071, udp 192.0.2.1:5060, udp 192.0.2.2:5062");
  EXPECT_EQ(found->at(0).host, "secure.example");
  EXPECT_EQ(find({.host = "c.example", .is_sips = true}), "tls 192.0.2.3:5071");
  EXPECT_EQ(find({.host = "C.example", .transport = Transport::udp}), "udp 192.0.2.1:5060, udp 192.0.2.2:5062");
  use({.transports = {Transport::udp}});
  EXPECT_EQ(find({.host = "c.example"}), "udp 192.0.2.1:5060, udp 192.0.2.2:5062");
}

TEST_F(LocatorTest, WithoutPointersTheDomainsOwnServicesCount) {
  dns_.srv("_sip._tcp.c.example", "a.example", 5062).srv("_sips._tcp.c.example", "a.example", 5063).a("a.example", "192.0.2.1");
  EXPECT_EQ(find({.host = "c.example"}), "tcp 192.0.2.1:5062");
  EXPECT_EQ(find({.host = "c.example", .transport = Transport::tls}), "tls 192.0.2.1:5063");
  EXPECT_EQ(find({.host = "c.example", .is_sips = true}), "tls 192.0.2.1:5063");
  dns_.srv("_sip._udp.c.example", "a.example", 5060);
  loop_.run_for(2min);
  EXPECT_EQ(find({.host = "c.example"}), "udp 192.0.2.1:5060, tcp 192.0.2.1:5062");
}

TEST_F(LocatorTest, WithoutServicesTheAddressCounts) {
  dns_.a("c.example", "192.0.2.1");
  EXPECT_EQ(find({.host = "c.example"}), "udp 192.0.2.1:5060");
  EXPECT_EQ(find({.host = "c.example", .is_sips = true}), "tls 192.0.2.1:5061");
  EXPECT_EQ(find({.host = "nothing.example"}), "trunk.not_found");
  EXPECT_EQ(find({.host = "bad name"}), "trunk.bad_name");
  EXPECT_EQ(find({.host = ""}), "trunk.bad_name");
}

TEST_F(LocatorTest, BelievesThatAServiceIsNotOffered) {
  dns_.a("c.example", "192.0.2.1").srv("_sip._udp.c.example", "", 0).srv("_sip._tcp.c.example", "", 0);
  EXPECT_EQ(find({.host = "c.example"}), "trunk.not_offered");
}

TEST_F(LocatorTest, ADeadServerLeavesTheOthers) {
  dns_.srv("_sip._udp.c.example", "gone.example", 5060, 10).srv("_sip._udp.c.example", "b.example", 5060, 20);
  dns_.srv("_sip._udp.c.example", "silent.example", 5060, 5);
  dns_.a("b.example", "192.0.2.2").silent = {"silent.example"};
  EXPECT_EQ(find({.host = "c.example"}), "udp 192.0.2.2:5060");
  EXPECT_EQ(took_, Locator::patience);
  EXPECT_EQ(find({.host = "c.example"}), "udp 192.0.2.2:5060");
  EXPECT_EQ(took_, 0s);
}

TEST_F(LocatorTest, SilenceAboutPointersAndOneFamilyCostsHalfASecondOnce) {
  dns_.srv("_sip._udp.c.example", "b.example", 5060).a("b.example", "192.0.2.2").silent = {"c.example"};
  EXPECT_EQ(find({.host = "c.example"}), "udp 192.0.2.2:5060");
  EXPECT_EQ(took_, Locator::patience);
}

TEST_F(LocatorTest, SharesByWeight) {
  dns_.srv("_sip._udp.c.example", "a.example", 5060, 10, 1).srv("_sip._udp.c.example", "b.example", 5060, 10, 2);
  dns_.a("a.example", "192.0.2.1").a("b.example", "192.0.2.2").ttl = 1h;
  targets({.host = "c.example"}, 1s);
  std::map<std::string, int> first;
  for (int i = 0; i < 10'000; ++i) ++first[targets({.host = "c.example", .transport = Transport::udp}, 0s)->at(0).host];
  EXPECT_NEAR(first["a.example"], 3333, 150);
  EXPECT_NEAR(first["b.example"], 6667, 150);
}

// another carrier's name that hangs costs nobody else anything.
TEST_F(LocatorTest, AHangingNameDelaysNoOther) {
  dns_.silent = {"hang.example", "_sip._udp.hang.example", "_sip._tcp.hang.example"};
  dns_.srv("_sip._udp.c.example", "a.example", 5060).a("a.example", "192.0.2.1").delay = 5ms;
  std::vector<std::shared_ptr<Got>> hanging;
  for (int i = 0; i < 50; ++i) hanging.push_back(begin({.host = "hang.example"}));
  EXPECT_EQ(find({.host = "c.example"}), "udp 192.0.2.1:5060");
  EXPECT_EQ(took_, 10ms);
  for (const auto& each : hanging) EXPECT_EQ(text(*each->result), "trunk.no_answer");
  EXPECT_EQ(dns_.times({"hang.example", net::DnsType::naptr}), 1);
}

TEST_F(LocatorTest, LivesOnWhatItKnewWhileTheDnsIsAway) {
  dns_.naptr("c.example", "SIP+D2U", "_sip._udp.c.example")
      .srv("_sip._udp.c.example", "a.example", 5060)
      .a("a.example", "192.0.2.1");
  const std::string before = find({.host = "c.example"});
  dns_.is_away = true;
  for (int hour = 0; hour < 23; ++hour) {
    loop_.run_for(1h);
    EXPECT_EQ(find({.host = "c.example"}), before);
    EXPECT_LE(took_, 1500ms);
    EXPECT_EQ(find({.host = "c.example"}), before);
    EXPECT_EQ(took_, 0s);
  }
  loop_.run_for(3h);
  EXPECT_EQ(find({.host = "c.example"}), "trunk.no_answer");
}

TEST_F(LocatorTest, FailingServicesAreNotTakenForNone) {
  dns_.a("c.example", "192.0.2.1").silent = {"_sip._udp.c.example", "_sip._tcp.c.example"};
  EXPECT_EQ(find({.host = "c.example"}), "trunk.no_answer");
}

TEST_F(LocatorTest, HasBounds) {
  for (int i = 0; i < 1000; ++i) {
    dns_.a("many.example", fmt::format("10.0.{}.{}", i / 256, i % 256));
    dns_.srv("_sip._udp.c.example", fmt::format("{}.example", i), 5060).a(fmt::format("{}.example", i), "192.0.2.1");
    dns_.naptr("n.example", "SIP+D2U", fmt::format("{}.n.example", i));
  }
  EXPECT_EQ(targets({.host = "many.example"})->size(), Locator::addresses_max);
  const std::size_t before = dns_.asked.size();
  EXPECT_EQ(find({.host = "c.example"}), "udp 192.0.2.1:5060");  // All are the same address.
  EXPECT_LE(dns_.asked.size() - before, 3 + 2 * Locator::targets_max);
  const std::size_t between = dns_.asked.size();
  EXPECT_EQ(find({.host = "n.example"}), "trunk.not_found");
  EXPECT_LE(dns_.asked.size() - between, 3 + services_max + 2);
}

TEST_F(LocatorTest, LivesThroughGarbage) {
  dns_.naptr("c.example", "SIP+D2U", "_sip._udp.c.example").naptr("c.example", "SIP+D2T", "c.example");
  dns_.srv("_sip._udp.c.example", "c.example", 5060).srv("_sip._udp.c.example", "_sip._udp.c.example", 5061);
  dns_.a("c.example", "not a number").a("c.example", "192.0.2.1");
  EXPECT_EQ(find({.host = "c.example"}), "udp 192.0.2.1:5060");
}

TEST_F(LocatorTest, MayBeGivenUp) {
  dns_.is_away = true;
  begin({.host = "c.example"});
  loop_.run_for(1s);
  scope_.cancel();
  loop_.run_for(10s);
  EXPECT_EQ(scope_.size(), 0U);
}

}  // namespace
}  // namespace carillon::trunk

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: NAPTR and SRV records are read as RFC 3263 and RFC 2782 say, and servers get the share that their weight says.
#include "trunk/services.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace carillon::trunk {
namespace {

using net::DnsRecord;
using net::DnsType;
using net::Transport;

constexpr Transport all[] = {Transport::udp, Transport::tcp, Transport::tls};

DnsRecord srv(const std::string& target, std::uint16_t priority, std::uint16_t weight) {
  return {.type = DnsType::srv, .value = target, .priority = priority, .port = 5060, .weight = weight};
}
DnsRecord naptr(const std::string& service, const std::string& to, std::uint16_t order, std::uint16_t preference,
                const std::string& flags = "s") {
  return {.type = DnsType::naptr, .value = to, .priority = order, .service = service, .flags = flags, .preference = preference};
}

struct Shares {
  std::mt19937_64 random{42};
  std::map<std::string, int> first;
  void deal(const std::vector<DnsRecord>& records, int times = 10'000) {
    const Dice dice = [this] { return random(); };
    for (int i = 0; i < times; ++i) ++first[deal_by_weight(records, dice)[0].value];
  }
};

TEST(Services, DealByWeight) {
  Shares shares;
  shares.deal({srv("one", 10, 1), srv("two", 10, 2), srv("backup", 20, 60'000)});
  EXPECT_NEAR(shares.first["one"], 3333, 150);
  EXPECT_NEAR(shares.first["two"], 6667, 150);
  EXPECT_EQ(shares.first["backup"], 0);
}

TEST(Services, DealEquallyWithoutWeights) {
  Shares shares;
  shares.deal({srv("one", 10, 0), srv("two", 10, 0), srv("three", 10, 0)});
  for (const char* each : {"one", "two", "three"}) EXPECT_NEAR(shares.first[each], 3333, 150) << each;
}

TEST(Services, WeightZeroHasASmallChance) {
  Shares shares;
  shares.deal({srv("heavy", 10, 1), srv("light", 10, 0)}, 100'000);
  EXPECT_GT(shares.first["light"], 0);
  EXPECT_LT(shares.first["light"], 500);
}

TEST(Services, KeepsAllAndTheOrderOfPriorities) {
  std::mt19937_64 random{1};
  const Dice dice = [&] { return random(); };
  std::vector<DnsRecord> records;
  for (std::uint16_t i = 0; i < 64; ++i) records.push_back(srv(std::to_string(i), i % 4, i % 3 == 0 ? 0 : 65'535));
  for (int round = 0; round < 100; ++round) {
    const auto dealt = deal_by_weight(records, dice);
    EXPECT_TRUE(std::ranges::is_permutation(dealt, records));
    EXPECT_TRUE(std::ranges::is_sorted(dealt, {}, &DnsRecord::priority));
  }
  EXPECT_TRUE(deal_by_weight({}, dice).empty());
}

TEST(Services, AreNamedInTheDomainsOrder) {
  const std::vector<DnsRecord> pointers = {naptr("SIP+D2T", "tcp.example", 20, 1),   naptr("sip+d2u", "udp.example", 20, 0),
                                           naptr("SIPS+D2T", "tls.example", 10, 50), naptr("E2U+sip", "x.example", 0, 0),
                                           naptr("SIP+D2U", "u.example", 0, 0, "u"), naptr("SIP+D2U", "", 0, 0),
                                           naptr("SIP+D2S", "sctp.example", 0, 0)};
  EXPECT_EQ(
      named_services(pointers, all),
      (std::vector<Service>{{Transport::tls, "tls.example"}, {Transport::udp, "udp.example"}, {Transport::tcp, "tcp.example"}}));
  EXPECT_EQ(named_services(pointers, std::span(all).first(1)), (std::vector<Service>{{Transport::udp, "udp.example"}}));
  EXPECT_EQ(named_services(std::vector(64, naptr("SIP+D2U", "a.example", 1, 1)), all).size(), services_max);
}

}  // namespace
}  // namespace carillon::trunk

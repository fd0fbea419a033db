// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a domain is looked up as telephones do it (RFC 3263), and what is found is judged; whatever a zone says costs a bounded
// number of questions.
#include "outbound/domain_check.hpp"

#include <map>

#include <gtest/gtest.h>

namespace carillon::outbound {
namespace {

/// A zone in memory. Names beside are not there.
struct Zone {
  std::map<std::pair<std::string, DnsType>, std::vector<DnsRecord>> records;
  int rounds = 0;
  std::size_t questions = 0;
  bool is_silent = false;

  void add(const std::string& name, const DnsRecord& record) { records[{name, record.type}].push_back(record); }
  void a(const std::string& name, const std::string& address) { add(name, {.type = DnsType::a, .value = address}); }
  void srv(const std::string& name, const std::string& target, std::uint16_t port) {
    add(name, {.type = DnsType::srv, .value = target, .port = port});
  }
  void naptr(const std::string& name, const std::string& service, const std::string& to, const std::string& flags = "s") {
    add(name, {.type = DnsType::naptr, .value = to, .service = service, .flags = flags});
  }
  DomainReport check(const std::string& name, const UsersEdge& edge = {.addresses = {"192.0.2.1", "2001:db8::1"}}) {
    return check_domain(name, edge, [this](std::span<const DnsQuestion> asked) -> Result<DnsAnswers> {
      ++rounds;
      questions += asked.size();
      if (is_silent) return failure(Fault::too_slow);
      DnsAnswers answers;
      for (const DnsQuestion& each : asked) {
        const auto found = records.find({each.name, each.type});
        answers.push_back(found == records.end() ? std::vector<DnsRecord>() : found->second);
      }
      return answers;
    });
  }
};

TEST(DomainCheck, TakesAnAddressForWantOfMore) {
  Zone zone;
  zone.a("a.example", "192.0.2.1");
  EXPECT_EQ(zone.check("a.example").outcome, DomainOutcome::ok);
  EXPECT_EQ(zone.check("a.example", {.addresses = {"192.0.2.1"}, .port = 15060}).outcome, DomainOutcome::other_port);
  EXPECT_EQ(zone.check("a.example", {.addresses = {"192.0.2.2"}}).outcome, DomainOutcome::other_address);
  EXPECT_EQ(zone.check("a.example", {}).outcome, DomainOutcome::unknown_edge);
  EXPECT_EQ(zone.check("b.example").outcome, DomainOutcome::not_found);
  zone.add("a.example", {.type = DnsType::aaaa, .value = "2001:db8::1"});
  EXPECT_EQ(zone.check("a.example").ways.size(), 2U);
  EXPECT_EQ(zone.check("a.example").outcome, DomainOutcome::ok);
  zone.a("a.example", "198.51.100.1");
  EXPECT_EQ(zone.check("a.example").outcome, DomainOutcome::other_address);
}

TEST(DomainCheck, FollowsServices) {
  Zone zone;
  zone.srv("_sip._udp.a.example", "edge.example", 15060);
  zone.srv("_sips._tcp.a.example", "edge.example", 5061);
  zone.a("edge.example", "192.0.2.1");
  zone.a("a.example", "198.51.100.1");  // Nobody asks for it.
  const UsersEdge edge{.addresses = {"192.0.2.1"}, .port = 15060};
  EXPECT_EQ(zone.check("a.example", edge).outcome, DomainOutcome::ok);
  EXPECT_EQ(zone.check("a.example").outcome, DomainOutcome::other_port);
  zone.srv("_sip._tcp.a.example", "nowhere.example", 15060);
  const auto report = zone.check("a.example", edge);
  EXPECT_EQ(report.outcome, DomainOutcome::not_found);
  EXPECT_EQ(report.ways.size(), 3U);
}

TEST(DomainCheck, FollowsPointersToServices) {
  Zone zone;
  zone.naptr("a.example", "SIP+D2U", "_sip._udp.hoster.example");
  zone.naptr("a.example", "E2U+sip", "elsewhere.example");
  zone.naptr("a.example", "SIP+D2T", "elsewhere.example", "u");
  zone.srv("_sip._udp.hoster.example", "edge.example", 5060);
  zone.srv("_sip._udp.a.example", "other.example", 5060);  // Nobody asks for it.
  zone.a("edge.example", "192.0.2.1");
  const auto report = zone.check("a.example");
  EXPECT_EQ(report.outcome, DomainOutcome::ok);
  ASSERT_EQ(report.ways.size(), 1U);
  EXPECT_EQ(report.ways[0].host, "edge.example");
  EXPECT_EQ(zone.rounds, 3);
}

TEST(DomainCheck, NeedsNoDnsForANumber) {
  Zone zone;
  EXPECT_EQ(zone.check("192.0.2.1").outcome, DomainOutcome::ok);
  EXPECT_EQ(zone.check("192.0.2.9").outcome, DomainOutcome::other_address);
  EXPECT_EQ(zone.rounds, 0);
}

TEST(DomainCheck, SaysSoWhenTheDnsDoesNot) {
  Zone zone;
  zone.is_silent = true;
  EXPECT_EQ(zone.check("a.example").outcome, DomainOutcome::no_answer);
  EXPECT_EQ(zone.rounds, 1);
}

TEST(DomainCheck, IsBoundedWhateverAZoneSays) {
  Zone zone;
  for (int i = 0; i < 16; ++i) {
    zone.naptr("a.example", "SIP+D2U", fmt::format("_sip._udp.{}.example", i));
    for (int j = 0; j < 16; ++j) zone.srv(fmt::format("_sip._udp.{}.example", i), fmt::format("{}-{}.example", i, j), 5060);
  }
  zone.naptr("a.example", "SIP+D2U", "a.example");  // And one that leads nowhere but back.
  for (int j = 0; j < 16; ++j) zone.a("0-0.example", fmt::format("198.51.100.{}", j));
  const auto report = zone.check("a.example");
  EXPECT_EQ(report.outcome, DomainOutcome::other_address);
  EXPECT_LE(report.ways.size(), 16U);
  EXPECT_LE(zone.rounds, 3);
  EXPECT_LE(zone.questions, 4 + 17 + 32U);
}

TEST(DomainCheck, ShowsNoAddressOfTheOperatorsOwnNetwork) {
  Zone zone;
  zone.a("a.example", "10.0.0.1");
  zone.a("b.example", "8.8.8.8");
  EXPECT_FALSE(zone.check("a.example").ways[0].is_showable);
  EXPECT_TRUE(zone.check("b.example").ways[0].is_showable);
  EXPECT_TRUE(zone.check("a.example", {.addresses = {"10.0.0.1"}}).ways[0].is_showable);
}

}  // namespace
}  // namespace carillon::outbound

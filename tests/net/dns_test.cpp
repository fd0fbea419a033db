// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: records are read out of a DNS message with their times to live, and no bytes of a name server mislead or hold up.
#include "net/dns.hpp"

#include <gtest/gtest.h>

#include <random>

#include "net/name_server.hpp"

namespace carillon::net {
namespace {

using test::message_of;
using test::name_of;
using test::naptr_of;
using test::number_of;
using test::record_of;
using test::srv_of;

constexpr std::size_t a = 1, cname = 5, aaaa = 28, srv = 33, naptr = 35;

DnsAnswer read(const DnsQuestion& question, const std::vector<std::string>& records, std::size_t flags = 0x8180) {
  return read_dns_message(message_of(question, records, flags), question);
}

TEST(Dns, ReadsEachType) {
  const auto v4 = read({"a.example", DnsType::a}, {record_of(a, 300, "\xc6\x33\x64\x01"), record_of(a, 200, "\xc6\x33\x64\x02")});
  ASSERT_EQ(v4.records.size(), 2U);
  EXPECT_EQ(v4.records[0].value, "198.51.100.1");
  EXPECT_EQ(v4.ttl, 200s);
  const auto v6 = read({"a.example", DnsType::aaaa},
                       {record_of(aaaa, 60, std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + '\1')});
  ASSERT_EQ(v6.records.size(), 1U);
  EXPECT_EQ(v6.records[0].value, "2001:db8::1");
  const auto services = read({"_sip._udp.a.example", DnsType::srv}, {record_of(srv, 60, srv_of(10, 20, 5070, "Edge.Example"))});
  EXPECT_EQ(
      services.records,
      (std::vector<DnsRecord>{{.type = DnsType::srv, .value = "edge.example", .priority = 10, .port = 5070, .weight = 20}}));
  const auto pointers =
      read({"a.example", DnsType::naptr}, {record_of(naptr, 60, naptr_of(1, 2, "SIP+D2U", "_sip._udp.a.example"))});
  EXPECT_EQ(pointers.records, (std::vector<DnsRecord>{{.type = DnsType::naptr,
                                                       .value = "_sip._udp.a.example",
                                                       .priority = 1,
                                                       .service = "SIP+D2U",
                                                       .flags = "s",
                                                       .preference = 2}}));
}

TEST(Dns, FollowsAliasesAndTakesTheShortestTime) {
  const std::string address = "\xc6\x33\x64\x01";
  const auto found = read(
      {"A.example", DnsType::a},
      {record_of(a, 900, address, name_of("c.example")), record_of(cname, 40, name_of("b.example")),
       record_of(cname, 800, name_of("c.example"), name_of("B.EXAMPLE")), record_of(a, 900, address, name_of("other.example"))});
  ASSERT_EQ(found.records.size(), 1U);
  EXPECT_EQ(found.ttl, 40s);
  const auto loop = read({"a.example", DnsType::a}, {record_of(cname, 60, name_of("b.example")),
                                                     record_of(cname, 60, name_of("a.example"), name_of("b.example"))});
  EXPECT_EQ(loop.outcome, DnsOutcome::no_records);
}

TEST(Dns, SaysWhyThereIsNothing) {
  EXPECT_EQ(read({"a.example", DnsType::a}, {}, 0x8183).outcome, DnsOutcome::no_records);
  EXPECT_EQ(read({"a.example", DnsType::a}, {}).outcome, DnsOutcome::no_records);
  EXPECT_EQ(read({"a.example", DnsType::a}, {}, 0x8182).outcome, DnsOutcome::failed);
  EXPECT_EQ(read_dns_message("", {"a.example"}).outcome, DnsOutcome::failed);
}

TEST(Dns, PassesOverWhatCannotBeUsed) {
  const DnsQuestion question{"a.example", DnsType::srv};
  EXPECT_EQ(read(question, {record_of(srv, 60, srv_of(1, 1, 0, "edge.example"))}).outcome, DnsOutcome::no_records);
  EXPECT_EQ(read(question, {record_of(srv, 60, srv_of(1, 1, 5060, "e\r\nVia: x"))}).outcome, DnsOutcome::no_records);
  EXPECT_EQ(read(question, {record_of(srv, 60, number_of(1, 6) + std::string("\4a.b.\0", 6))}).outcome, DnsOutcome::no_records);
  EXPECT_EQ(read(question, {record_of(srv, 60, "\1\2")}).outcome, DnsOutcome::no_records);
  EXPECT_EQ(read({"a.example", DnsType::a}, {record_of(a, 60, "\1\2\3")}).outcome, DnsOutcome::no_records);
  EXPECT_EQ(read({"a.example", DnsType::a}, {record_of(a, 60, "\1\2\3\4", name_of("b.example"))}).outcome,
            DnsOutcome::no_records);
  const auto mapped = std::string(10, '\0') + "\xff\xff\x7f" + std::string(2, '\0') + '\1';
  EXPECT_EQ(read({"a.example", DnsType::aaaa}, {record_of(aaaa, 60, mapped)}).outcome, DnsOutcome::no_records);
  // RFC 2782: a target of "." says that there is no such service, which is worth knowing.
  EXPECT_EQ(read(question, {record_of(srv, 60, srv_of(0, 0, 0, ""))}).records.size(), 1U);
  // RFC 2181 §8: a time to live of more than 31 bits is none.
  EXPECT_EQ(read({"a.example", DnsType::a}, {record_of(a, 0xffffffff, "\1\2\3\4")}).ttl, 0s);
}

TEST(Dns, TakesSixtyFourOfAThousand) {
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 1000; ++i) records.push_back(record_of(a, 60, number_of(0x0a000000 + i, 4)));
  EXPECT_EQ(read({"a.example", DnsType::a}, records).records.size(), dns_records_max);
}

TEST(Dns, PointersEnd) {
  const DnsQuestion question{"a.example", DnsType::srv};
  const std::string head = message_of(question, {});
  const auto pointing = [&](std::size_t to) { return record_of(srv, 60, number_of(1, 6) + number_of(0xc000 | to, 2)); };
  const std::size_t place = head.size() + 12 + 6;
  for (const std::size_t to : {place, place + 1, place + 2, std::size_t{0x3fff}, place - 1})
    EXPECT_FALSE(read(question, {pointing(to)}).outcome == DnsOutcome::records) << to;
  EXPECT_EQ(read(question, {pointing(12)}).records.at(0).value, "a.example");
}

TEST(Dns, LivesThroughAnyBytes) {
  std::mt19937_64 random(7);
  const DnsQuestion question{"a.example", DnsType::naptr};
  const std::string whole = message_of(question, {record_of(cname, 60, name_of("b.example")),
                                                  record_of(naptr, 60, naptr_of(1, 2, "SIP+D2U", "c.example"), "\xc0\x27")});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_dns_message(whole.substr(0, size), question).outcome == DnsOutcome::records);
  for (int round = 0; round < 20'000; ++round) {
    std::string bent = whole;
    for (int i = 0; i < 3; ++i) bent[random() % bent.size()] = static_cast<char>(random());
    EXPECT_LE(read_dns_message(bent, question).records.size(), 2U);
  }
}

TEST(Dns, KnowsNames) {
  for (const char* good : {"a", "a.example", "a.example.", "_sip._udp.a.example", "xn--a"})
    EXPECT_TRUE(is_dns_name(good)) << good;
  const std::string label(63, 'a');
  EXPECT_TRUE(is_dns_name(label + "." + label + "." + label + "." + std::string(61, 'a')));
  EXPECT_FALSE(is_dns_name(label + "." + label + "." + label + "." + std::string(62, 'a')));
  for (const std::string& bad : {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("a b"),
                                 std::string("a\0b", 3), std::string("a\\046b"), label + "a", std::string("\xc3\xa9")})
    EXPECT_FALSE(is_dns_name(bad)) << bad;
}

}  // namespace
}  // namespace carillon::net

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: every message of a call finds the shard of its customer, whatever socket it arrives at and whatever changes meanwhile.
#include "roles/signalling/owner.hpp"

#include <gtest/gtest.h>

#include <set>

#include "sip/transaction_token.hpp"
#include "support/sample_customer.hpp"

namespace carillon::roles {
namespace {

using carillon::testing::SampleCustomer;
using carillon::testing::snapshot_of;

constexpr Monotonic start{1h};
const net::Flow flow{.local = *net::Address::parse("192.0.2.1", 5060), .remote = *net::Address::parse("198.51.100.7", 40000)};

/// Customers 5, 6 and 300 (slot 44).
std::shared_ptr<const directory::Snapshot> three_customers() {
  return snapshot_of({SampleCustomer(5, "five.example").build(), SampleCustomer(6, "six.example").build(),
                      SampleCustomer(300, "many.example").build()});
}

struct Request {
  std::string method = "INVITE";
  std::string from = "five.example";
  std::string to = "five.example";
  std::string to_tag{};
  std::string branch = "z9hG4bKabc";
  unsigned cseq = 1;
  std::string text() const {
    return fmt::format(
        "{0} sip:102@{2} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7:40000;branch={4}\r\nMax-Forwards: 70\r\n"
        "From: <sip:alice@{1}>;tag=1\r\nTo: <sip:102@{2}>{3}\r\nCall-ID: x\r\nCSeq: {5} {0}\r\nContent-Length: 0\r\n\r\n",
        method, from, to, to_tag.empty() ? "" : ";tag=" + to_tag, branch, cseq);
  }
};

std::string response(std::string_view branch) {
  return fmt::format(
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch={}\r\nFrom: <sip:a@five.example>;tag=1\r\n"
      "To: <sip:b@five.example>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
      branch);
}

std::optional<unsigned> slot(const std::string& text, const net::Flow& from = flow) {
  const auto message = sip::Message::parse(text);
  EXPECT_TRUE(message) << text;
  const auto found = slot_of(*message, from, *three_customers());
  return found ? std::optional<unsigned>(*found) : std::nullopt;
}

TEST(Owner, IsWhoeverHasTheAccountInABrandsDomain) {
  SampleCustomer ann(8, "ann");
  ann.retail("brand.example").add("alice", "101");
  directory::Builder builder;
  builder.set_brand({.id = {1}, .name = "Brand"}, {{{.id = {77}, .brand = {1}, .name = "brand.example"}}});
  ASSERT_TRUE(builder.set_customer(SampleCustomer(5, "five.example").build()));
  ASSERT_TRUE(builder.set_customer(ann.build()));
  const auto snapshot = std::move(builder).build(1).value();
  const auto owner = [&](std::string_view text) {
    const directory::Customer* found = find_owner(*snapshot, *sip::Uri::parse(text), flow.local);
    return found == nullptr ? 0 : found->id().value;
  };
  EXPECT_EQ(owner("sip:alice@brand.example"), 8);
  EXPECT_EQ(owner("sip:%61lice@BRAND.example"), 8);
  EXPECT_EQ(owner("sip:bob@brand.example"), 0);
  EXPECT_EQ(owner("sip:alice@five.example"), 5);
  EXPECT_EQ(owner("sip:alice@192.0.2.1"), 5);
}

/// The company 5 has a PBX "office", which 203.0.113.9 is; the home 8 an account "smith" in the brand's domain.
std::shared_ptr<const directory::Snapshot> with_pbx() {
  SampleCustomer company(5, "five.example"), home(8, "home");
  const Id<model::Terminal> office = company.add("office", "101");
  company.rows().terminals.back().kind = model::TerminalKind::pbx;
  company.rows().terminal_sources.push_back(
      {.id = {1}, .terminal = office, .address = "203.0.113.9", .from_pattern = "^[0-9]+$"});
  company.add("alice", "102");
  home.retail("brand.example").add("smith", "101");
  directory::Builder builder;
  builder.set_brand({.id = {1}, .name = "Brand"}, {{{.id = {77}, .brand = {1}, .name = "brand.example"}}});
  EXPECT_TRUE(builder.set_customer(company.build()));
  EXPECT_TRUE(builder.set_customer(home.build()));
  return std::move(builder).build(1).value();
}

TEST(Origin, OfAPbxIsTheAccountWhosePasswordItHas) {
  struct Case {
    std::string from, to, username, source;
    std::int64_t customer;
    std::string account;
    bool is_trusted = false;
  };
  const std::string elsewhere = "198.51.100.7", pbx = "203.0.113.9";
  const Case cases[] = {
      {"alice@five.example", "five.example", "office", elsewhere, 5, "alice"},  // Its own account: that has to be proven.
      {"400@five.example", "five.example", "office", elsewhere, 5, "office"},   // Behind the PBX.
      {"400@five.example", "five.example", "alice", elsewhere, 5, "400"},       // A telephone is nobody but itself.
      {"400@five.example", "five.example", "nobody", elsewhere, 5, "400"},      //
      {"alice@else.example", "five.example", "alice", elsewhere, 5, "alice@else.example"},  // Of another's domain: nobody.
      {"400@192.168.0.9", "five.example", "office", elsewhere, 5, "office"},                // It writes its own host.
      {"400@192.0.2.1", "192.0.2.1", "office", elsewhere, 5, "office"},                     // It knows our address alone.
      {"600@brand.example", "brand.example", "smith", elsewhere, 8, "smith"},               // A home's, in the brand's domain.
      {"600@brand.example", "brand.example", "office", elsewhere, 0, "600"},                // Nobody's there.
      {"600@nowhere.example", "nowhere.example", "office", elsewhere, 0, "600"},            //
      {"400@five.example", "five.example", "", pbx, 5, "office", true},                     // From where it is.
      {"400@192.168.0.9", "five.example", "", pbx, 5, "office", true},                      //
      {"102@five.example", "five.example", "alice", pbx, 5, "office", true},                // Whatever else it says.
      {"alice@five.example", "five.example", "alice", pbx, 5, "alice"},    // A telephone behind the same address.
      {"bob@five.example", "five.example", "", pbx, 5, "bob"},             // But not by a name.
      {"400@brand.example", "brand.example", "", pbx, 5, "office", true},  // Its brand's domain.
  };
  const auto snapshot = with_pbx();
  for (const Case& each : cases) {
    const std::string credentials = each.username.empty()
                                        ? ""
                                        : fmt::format(
                                              "Proxy-Authorization: Digest username=\"{}\", realm=\"five.example\", nonce=\"n\", "
                                              "uri=\"sip:1@five.example\", response=\"00000000000000000000000000000000\", "
                                              "cnonce=\"c\", nc=00000001, qop=auth\r\n",
                                              each.username);
    const std::string text = fmt::format(
        "INVITE sip:1@{} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:{}>;tag=1\r\n"
        "To: <sip:1@{}>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n{}Content-Length: 0\r\n\r\n",
        each.to, each.from, each.to, credentials);
    const auto message = sip::Message::parse(text);
    ASSERT_TRUE(message) << text;
    net::Flow from = flow;
    from.remote = *net::Address::parse(each.source, 5060);
    const Origin origin = origin_of(*message, from, *snapshot);
    EXPECT_EQ(origin.customer == nullptr ? 0 : origin.customer->id().value, each.customer) << text;
    EXPECT_EQ(origin.account, each.account) << text;
    EXPECT_EQ(origin.trusted != nullptr, each.is_trusted) << text;
  }
}

TEST(Origin, IsTheCompanyWhoseDomainItNamesWhereTwoSayTheyAreThere) {
  SampleCustomer one(5, "five.example"), two(6, "six.example");
  for (SampleCustomer* each : {&one, &two}) {
    const Id<model::Terminal> pbx = each->add("office", "101");
    each->rows().terminals.back().kind = model::TerminalKind::pbx;
    each->rows().terminal_sources.push_back({.id = {pbx.value}, .terminal = pbx, .address = "203.0.113.9"});
  }
  const auto snapshot = snapshot_of({one.build(), two.build()});
  const auto trusted = [&](std::string_view domain) {
    const std::string text = fmt::format(
        "INVITE sip:1@{0} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:400@{0}>;tag=1\r\n"
        "To: <sip:1@{0}>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
        domain);
    const auto message = sip::Message::parse(text);
    net::Flow from = flow;
    from.remote = *net::Address::parse("203.0.113.9", 5060);
    const Origin origin = origin_of(*message, from, *snapshot);
    return origin.trusted == nullptr ? 0 : origin.customer->id().value;
  };
  EXPECT_EQ(trusted("five.example"), 5);
  EXPECT_EQ(trusted("six.example"), 6);
  EXPECT_EQ(trusted("192.0.2.1"), 5);  // The first company's, as everything is that names our address alone.
  EXPECT_EQ(trusted("nowhere.example"), 0);
}

TEST(Owner, IsTheCustomerOfTheOneWhoAsks) {
  struct Case {
    Request request;
    unsigned slot;
  };
  const Case cases[] = {
      {{.method = "INVITE", .from = "five.example", .to = "six.example"}, 5},
      {{.method = "INVITE", .from = "SIX.Example", .to = "five.example"}, 6},
      {{.method = "OPTIONS", .from = "many.example"}, 44},
      {{.method = "CANCEL", .from = "six.example"}, 6},
      {{.method = "REGISTER", .from = "five.example", .to = "six.example"}, 6},  // RFC 3261 §10.3: To names the account.
      {{.method = "INVITE", .from = "192.0.2.1:5060"}, 5},                       // The listener's own address: the first one.
      {{.method = "REGISTER", .to = "192.0.2.1"}, 5},
      {{.method = "BYE", .from = "six.example", .to_tag = "not-ours"}, 6},
  };
  for (const Case& each : cases) EXPECT_EQ(slot(each.request.text()), each.slot) << each.request.text();
}

TEST(Owner, IsWrittenIntoWhatWeGaveOut) {
  EXPECT_EQ(slot(response(sip::make_branch(0x2c))), 0x2cU);
  EXPECT_EQ(slot(Request{.method = "BYE", .from = "six.example", .to_tag = sip::make_tag(7)}.text()), 7U);
  EXPECT_EQ(slot(Request{.method = "INVITE", .from = "nowhere.example", .to_tag = sip::make_tag(255)}.text()), 255U);
  EXPECT_EQ(slot(Request{.method = "ACK", .from = "six.example", .to_tag = sip::make_tag(9)}.text()), 9U);
}

TEST(Owner, OfAnAnswerToNothingIsNobody) {
  EXPECT_EQ(slot(response("z9hG4bKsomebody-elses")), std::nullopt);
  EXPECT_EQ(slot(response("1")), std::nullopt);
}

TEST(Owner, OfStrangersIsMadeFromWhereTheyCome) {
  const std::string text = Request{.method = "REGISTER", .to = "nowhere.example"}.text();
  std::set<unsigned> slots;
  for (std::uint16_t port = 1000; port < 1100; ++port) {
    net::Flow other = flow;
    other.remote.port = port;
    const auto first = slot(text, other);
    ASSERT_TRUE(first);
    EXPECT_EQ(slot(text, other), first);
    slots.insert(*first);
  }
  EXPECT_GT(slots.size(), 20U);
}

struct Door {
  explicit Door(unsigned shards = 3) : owners(shards) { owners.set_snapshot(three_customers()); }
  std::optional<unsigned> find(const std::string& text, Monotonic now = start) {
    const auto message = sip::Message::parse(text);
    EXPECT_TRUE(message) << text;
    return owners.find(*message, flow, now);
  }
  Owners owners;
};

TEST(Owners, MapSlotsToShards) {
  Door door;
  EXPECT_EQ(door.find(Request{.from = "five.example"}.text()), 5U % 3);
  EXPECT_EQ(door.find(Request{.from = "six.example", .branch = "z9hG4bKb"}.text()), 6U % 3);
  EXPECT_EQ(door.find(Request{.from = "many.example", .branch = "z9hG4bKc"}.text()), 44U % 3);
  EXPECT_EQ(door.find(response("z9hG4bKx")), std::nullopt);
  EXPECT_LT(door.owners.find_any(flow.remote), 3U);
}

TEST(Owners, OfOneShardIsThatOne) {
  Door door(1);
  EXPECT_EQ(door.find(Request{.from = "nowhere.example"}.text()), 0U);
  EXPECT_EQ(door.find(response("z9hG4bKx")), 0U);
}

TEST(Owners, KeepATransactionTogetherOverAChangeOfConfiguration) {
  Door door;
  ASSERT_EQ(door.find(Request{.from = "five.example"}.text()), 2U);
  // The domain goes to customer 6, which lives elsewhere.
  door.owners.set_snapshot(snapshot_of({SampleCustomer(6, "five.example").build()}));
  const Monotonic later = start + 3min;
  EXPECT_EQ(door.find(Request{.from = "five.example"}.text(), later), 2U) << "the same INVITE again";
  EXPECT_EQ(door.find(Request{.method = "CANCEL", .from = "five.example"}.text(), later), 2U);
  EXPECT_EQ(door.find(Request{.method = "ACK", .from = "five.example", .to_tag = "stateless"}.text(), later), 2U);
  EXPECT_EQ(door.find(Request{.from = "five.example", .branch = "z9hG4bKnext", .cseq = 2}.text(), later), 0U) << "a new INVITE";
  EXPECT_EQ(door.find(Request{.method = "REGISTER", .to = "five.example"}.text(), later), 0U);
}

TEST(Owners, ForgetATransactionThatCanRingNoMore) {
  Door door;
  ASSERT_EQ(door.find(Request{.from = "five.example"}.text()), 2U);
  door.owners.set_snapshot(snapshot_of({SampleCustomer(6, "five.example").build()}));
  EXPECT_EQ(door.find(Request{.from = "five.example"}.text(), start + 11min), 0U);
}

TEST(Owners, BeforeAnyConfigurationGoBySource) {
  Owners owners(3);
  const std::string text = Request{.method = "OPTIONS"}.text();
  EXPECT_TRUE(owners.find(*sip::Message::parse(text), flow, start));
}

TEST(Share, DealsAllSlots) {
  std::array<int, 3> count{};
  for (int slot = 0; slot < 256; ++slot) {
    int owners = 0;
    for (unsigned index = 0; index < 3; ++index) {
      if (!Share{.index = index, .count = 3}.owns(static_cast<std::uint8_t>(slot))) continue;
      ++owners;
      ++count[index];
    }
    EXPECT_EQ(owners, 1);
  }
  for (const int each : count) EXPECT_GE(each, 85);
}

}  // namespace
}  // namespace carillon::roles

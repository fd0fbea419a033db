// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whatever a telephone claims of itself, others see the numbers that its account has and nothing of the claim: neither the
// carrier, nor another company, nor a colleague, nor the record (reliability T-09).
#include <gtest/gtest.h>

#include "flows/scene.hpp"

namespace carillon::flows {
namespace {

/// In every claim, and in nothing else that is said.
constexpr std::string_view claimed = "699699699";

using Lines = std::vector<std::pair<std::string, std::string>>;

struct Claim {
  std::string_view name;
  Lines lines;
  std::string display = {};   ///< In From.
  bool is_anonymous = false;  ///< It wants not to be known, which it may.
};

const std::string uri = "<sip:+34699699699@users.democompany.com>";
const std::string foreign = "<sip:699699699@203.0.113.1;user=phone>";
const std::string tel = "<tel:+34699699699>";
const std::string named = "\"Boss 699699699\" " + uri;
const std::string trusted = uri + ";party=calling;screen=yes;privacy=off";
const std::string index = "<sip:699699699@x.example?Reason=SIP%3Bcause%3D302>;index=1";

const Claim claims[] = {
    {"nothing", {}},
    {"from_display", {}, "\"699699699\" "},
    {"from_display_of_escapes", {}, "\"\\\"<sip:699699699@x.example>;tag=1\" "},
    {"pai", {{"P-Asserted-Identity", uri}}},
    {"pai_tel", {{"P-Asserted-Identity", tel}}},
    {"pai_named", {{"P-Asserted-Identity", named}}},
    {"pai_twice", {{"P-Asserted-Identity", uri}, {"P-Asserted-Identity", tel}}},
    {"pai_list", {{"P-Asserted-Identity", uri + ", " + tel}}},
    {"pai_of_the_carrier", {{"P-Asserted-Identity", foreign}}},
    {"pai_in_small_letters", {{"p-asserted-identity", uri}}},
    {"pai_malformed", {{"P-Asserted-Identity", "\"699699699"}}},
    {"ppi", {{"P-Preferred-Identity", uri}}},
    {"ppi_and_pai", {{"P-Preferred-Identity", tel}, {"P-Asserted-Identity", uri}}},
    {"rpid", {{"Remote-Party-ID", trusted}}},
    {"rpid_called", {{"Remote-Party-ID", uri + ";party=called"}}},
    {"rpid_and_pai", {{"Remote-Party-ID", trusted}, {"P-Asserted-Identity", uri}}},
    {"diversion", {{"Diversion", uri + ";reason=unconditional;counter=1"}}},
    {"diversion_twice", {{"Diversion", uri + ";reason=no-answer"}, {"Diversion", tel + ";reason=user-busy"}}},
    {"diversion_and_pai", {{"Diversion", uri}, {"P-Asserted-Identity", uri}}},
    {"history_info", {{"History-Info", index}}},
    {"history_info_and_diversion", {{"History-Info", index}, {"Diversion", uri}}},
    {"referred_by", {{"Referred-By", uri}}},
    {"identity", {{"Identity", "699699699.699699699.x;info=<https://x.example/699699699>;alg=ES256"}}},
    {"contact_information", {{"Reply-To", uri}, {"Call-Info", "<https://699699699.example>;purpose=icon"}}},
    {"words", {{"Subject", "699699699"}, {"Organization", "699699699"}, {"User-Agent", "699699699"}}},
    {"charging", {{"P-Charging-Vector", "icid-value=699699699"}, {"P-Associated-URI", uri}}},
    {"place", {{"Geolocation", "<https://699699699.example>"}, {"P-Access-Network-Info", "IEEE-802.11;699699699"}}},
    {"ours", {{"X-Carillon-Caller", "699699699"}, {"X-Carillon-Account", "699699699"}, {"X-Number", "+34699699699"}}},
    {"other_private",
     {{"User-to-User", "699699699;encoding=hex"}, {"P-Asserted-Service", "699699699"}, {"Caller-ID", "699699699"}}},
    {"all",
     {{"P-Asserted-Identity", uri},
      {"P-Preferred-Identity", uri},
      {"Remote-Party-ID", trusted},
      {"Diversion", uri},
      {"History-Info", index},
      {"Referred-By", uri},
      {"X-Carillon-Caller", "699699699"}}},
    {"privacy_none", {{"Privacy", "none"}, {"P-Asserted-Identity", uri}}},
    {"privacy_id", {{"Privacy", "id"}, {"P-Asserted-Identity", uri}}, {}, true},
    {"privacy_critical", {{"Privacy", "id;critical"}, {"P-Preferred-Identity", uri}}, {}, true},
    {"privacy_user_header", {{"Privacy", "user;header;id"}, {"Remote-Party-ID", trusted}}, {}, true},
    {"privacy_and_diversion", {{"Privacy", "id"}, {"Diversion", uri}, {"History-Info", index}}, "\"699699699\" ", true},
    {"rpid_private", {{"Remote-Party-ID", uri + ";privacy=full"}, {"Privacy", "id"}}, {}, true},
};

void PrintTo(const Claim& claim, std::ostream* out) {
  *out << claim.name;
}

class ClaimedIdentity : public ::testing::TestWithParam<std::tuple<Claim, AccountKind>> {
 protected:
  /// The INVITE that came there of this call, which is refused.
  std::string read_call(Phone& called, const std::string& number) {
    phone_->call(number);
    if (!scene_.becomes([&] { return called.is_invited; })) {
      ADD_FAILURE() << number << " " << phone_->call_status;
      return {};
    }
    std::string text(called.invite()->raw());
    called.reject(486);
    EXPECT_TRUE(scene_.becomes([&] { return phone_->call_status == 486; }));
    return text;
  }

  void expect_nothing_of_it(const std::string& invite, std::string_view whom) {
    EXPECT_FALSE(invite.contains(claimed)) << whom << "\n" << invite;
    EXPECT_FALSE(invite.contains("X-Carillon")) << whom << "\n" << invite;
  }

  const Claim& claim_ = std::get<0>(GetParam());
  Scene scene_{std::get<1>(GetParam())};
  std::unique_ptr<Phone> phone_ = scene_.make_phone();
  std::unique_ptr<Phone> bob_ = scene_.make_phone({.user = "bob", .password = "bob"});
  std::unique_ptr<Phone> carol_ = scene_.make_phone({.user = "carol", .password = "carol", .domain = "other.example"});
};

TEST_P(ClaimedIdentity, IsSeenByNobody) {
  scene_.run("UPDATE carrier_servers SET send_pai = 1, send_rpid = 1");
  for (const auto& [name, value] : claim_.lines) phone_->claim(name, value);
  phone_->call_itself(claim_.display);
  for (Phone* each : {bob_.get(), carol_.get()}) scene_.register_phone(*each);

  const std::string ddi(scene_.kind.ddi);
  const std::string sent = read_call(scene_.carrier, "944944944");
  expect_nothing_of_it(sent, "carrier");
  EXPECT_EQ(scene_.carrier.caller, claim_.is_anonymous ? "anonymous" : ddi);
  const std::string asserted = fmt::format("<sip:{}@192.0.2.1>", ddi);
  EXPECT_EQ(scene_.carrier.header("P-Asserted-Identity"), claim_.is_anonymous ? "" : asserted);
  const std::string party = asserted + ";party=calling;screen=yes;privacy=off";
  EXPECT_EQ(scene_.carrier.header("Remote-Party-ID"), claim_.is_anonymous ? "" : party);
  EXPECT_EQ(scene_.carrier.header("Privacy"), claim_.is_anonymous ? "id" : "");
  for (const std::string_view name : {"P-Preferred-Identity", "Diversion", "History-Info", "Referred-By"})
    EXPECT_EQ(scene_.carrier.header(name), "") << name;
  EXPECT_EQ(sent.contains(ddi), !claim_.is_anonymous);

  expect_nothing_of_it(read_call(*carol_, "950950950"), "another company");
  EXPECT_EQ(carol_->caller, claim_.is_anonymous ? "anonymous" : "+34" + ddi);
  if (scene_.kind.name != "retail") expect_nothing_of_it(read_call(*bob_, "102"), "a colleague");

  scene_.platform.loop.run_for(1s);
  const auto records = scene_.platform.journal.ended_calls();
  EXPECT_EQ(records.size(), scene_.kind.name == "retail" ? 3U : 4U);
  for (const auto& call : records) EXPECT_FALSE(call.setup.caller.contains(claimed)) << call.setup.caller;
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<Claim, AccountKind>>& info) {
  return fmt::format("{}_{}", std::get<0>(info.param).name, std::get<1>(info.param).name);
}

INSTANTIATE_TEST_SUITE_P(Flows, ClaimedIdentity,
                         ::testing::Combine(::testing::ValuesIn(claims), ::testing::ValuesIn(account_kinds())), name_of);

}  // namespace
}  // namespace carillon::flows

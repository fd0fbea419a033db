// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the story of an imagined call has the outcome, the number, the carriers and the reasons of the decision that calls get.
#include "dialplan/story.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/sample_customer.hpp"

namespace carillon::dialplan {
namespace {

using carillon::testing::SampleCustomer;

/// A company with two people, a number and two carriers; another company of another brand.
struct Town {
  SampleCustomer company{5, "one.example"}, other{6, "two.example", 2};
  Id<model::Terminal> alice = company.add("alice", "101", "Alice", "Alison");
  Id<model::Terminal> bob = company.add("bob", "102", "Bob", "Bobson");
  directory::RoutingRows routing;
  bool is_locked = false;
  std::shared_ptr<const directory::Snapshot> snapshot;

  Town() {
    company.rows().emergency_numbers = "112";
    company.rows().ddis.push_back(
        {.id = {71}, .customer = {5}, .number = "+34941941941", .target = Id<model::Target>{bob.value + 1}});
    company.rows().ddis.push_back({.id = {72}, .customer = {5}, .number = "+34941941942"});
    company.rows().customer.outgoing_ddi = {71};
    company.rows().plan_assignments = {{.id = {42}, .pricing_plan = {40}}};
    other.rows().ddis.push_back({.id = {75}, .customer = {6}, .number = "+34950950950"});
    routing.carriers = {{.id = {1}, .name = "First"}, {.id = {2}, .name = "Second"}};
    routing.patterns = {{.id = {10}, .name = "Spain", .pattern = "+34"}};
    routing.routes = {{.id = {20}, .target_pattern = {10}, .carrier = {1}, .priority = 2, .weight = 3},
                      {.id = {21}, .target_pattern = {10}, .carrier = {2}, .priority = 1}};
  }

  void build() {
    directory::Builder builder;
    builder.set_brand({.id = {1}, .name = "One"});
    builder.set_brand({.id = {2}, .name = "Two"});
    builder.set_routing({1}, std::make_shared<const directory::Routing>(routing));
    const std::vector<model::Price> prices = {{.id = {41}, .name = "Spain", .prefix = "+34"}};
    const model::PricingPlan plan{.id = {40}, .name = "Secret plan", .currency = "EUR"};
    builder.set_plan({1}, plan.id, std::make_shared<const directory::PricingPlan>(plan, prices));
    EXPECT_TRUE(builder.set_customer(company.build()));
    EXPECT_TRUE(builder.set_customer(other.build()));
    snapshot = std::move(builder).build(1).value();
  }
  Story dial(std::string_view number) {
    build();
    return tell(*snapshot, {{5}, alice, number, Instant()});
  }
  Story call_in(std::string_view number, std::int64_t carrier = 1) {
    build();
    const directory::Brand* brand = snapshot->find_brand({1});
    return tell_inbound(*snapshot, *brand, *brand->routing->find_carrier({carrier}), "+34676676676", number);
  }
};

bool has_step(const Story& story, Step step) {
  return std::ranges::find(story.reasons, step, &Reason::step) != story.reasons.end();
}

TEST(Story, OfAnExtensionSaysWhoRings) {
  Town town;
  const Story story = town.dial("102");
  EXPECT_EQ(story.outcome, Outcome::extension);
  EXPECT_EQ(story.sip_code, 0);
  EXPECT_EQ(story.number, "102");
  ASSERT_TRUE(story.target);
  EXPECT_EQ(story.target->user->display_name, "Bob Bobson");
  EXPECT_TRUE(story.carriers.empty());
}

TEST(Story, OfACallOutsideHasItsNumberAndCarriers) {
  Town town;
  Story story = town.dial("944944944");
  EXPECT_EQ(story.outcome, Outcome::external);
  EXPECT_EQ(story.number, "+34944944944");
  EXPECT_EQ(story.ddi, "+34941941941");
  ASSERT_EQ(story.carriers.size(), 2U);
  EXPECT_EQ(story.carriers[0].carrier->name, "Second");
  EXPECT_EQ(story.carriers[1].carrier->name, "First");
  EXPECT_EQ(story.carriers[1].route->priority, 2);
  EXPECT_EQ(story.carriers[1].route->weight, 3U);
  EXPECT_EQ(explain(story.reasons), explain(decide(*town.snapshot, {{5}, town.alice, "944944944", Instant()})));
  EXPECT_TRUE(has_step(story, Step::route));
  EXPECT_TRUE(has_step(story, Step::price));
  story.hide_routes();
  EXPECT_FALSE(has_step(story, Step::price));
  EXPECT_TRUE(story.carriers.empty());
  EXPECT_FALSE(has_step(story, Step::route));
  EXPECT_TRUE(has_step(story, Step::external));
  for (const Reason& reason : story.reasons) EXPECT_EQ(reason.text.find("First"), std::string::npos) << reason.text;
}

TEST(Story, OfACallForHelpNamesEveryCarrierOnce) {
  Town town;
  town.routing.patterns.push_back({.id = {11}, .name = "Help", .kind = model::PatternKind::regex, .pattern = "^112$"});
  town.routing.routes.push_back({.id = {22}, .target_pattern = {11}, .carrier = {2}});
  const Story story = town.dial("112");
  EXPECT_EQ(story.outcome, Outcome::emergency);
  EXPECT_EQ(story.number, "112");
  std::vector<std::string> names;
  for (const Candidate& each : story.carriers) names.push_back(each.carrier->name);
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"First", "Second"}));
}

TEST(Story, OfACallForHelpByItsName) {
  Town town;
  for (const std::string_view dialled :
       {"urn:service:sos", "URN:service:SOS.police", "urn:service:sos.nonsense..", "112;phone-context=+34", "1-1-2"}) {
    const Story story = town.dial(dialled);
    EXPECT_EQ(story.outcome, Outcome::emergency) << dialled;
    EXPECT_EQ(story.number, "112") << dialled;
  }
  for (const std::string_view dialled :
       {"urn:service:counseling", "urn:service:sosy", "urn:nena:service:sos", "1120", "112*", "11"})
    EXPECT_EQ(town.dial(dialled).outcome, Outcome::refused) << dialled;
}

TEST(Story, HelpWithoutANumberHasTheCountrysGeneralOne) {
  struct Row {
    std::string_view country_code, numbers, general;
  };
  const Row rows[] = {{"34", "061 091 112", "112"}, {"44", "112 999", "112"}, {"1", "112 911", "911"}, {"52", "060 911", "911"},
                      {"852", "992 999", "999"},    {"81", "110 119", "110"}, {"240", "", "112"},      {"1", "", "911"}};
  for (const Row& row : rows) {
    Town town;
    town.company.rows().emergency_numbers = row.numbers;
    town.company.rows().customer.country_code = row.country_code;
    const Story story = town.dial("urn:service:sos.fire");
    EXPECT_EQ(story.outcome, Outcome::emergency) << row.country_code;
    EXPECT_EQ(story.number, row.general) << row.country_code;
    EXPECT_EQ(town.dial(row.general).outcome, Outcome::emergency) << row.country_code;
  }
}

TEST(Story, OfACallToAnotherCompanyStaysHere) {
  Town town;
  const Story story = town.dial("950950950");
  EXPECT_EQ(story.outcome, Outcome::on_net);
  EXPECT_EQ(story.number, "+34950950950");
  EXPECT_EQ(story.ddi, "+34941941941");
  EXPECT_FALSE(story.target);
}

TEST(Story, OfARefusalHasItsCode) {
  const std::pair<std::string_view, int> rows[] = {{"199", 404}, {"*99", 404}, {"", 484}, {"alice", 404}};
  Town town;
  for (const auto& [number, code] : rows) {
    const Story story = town.dial(number);
    EXPECT_EQ(story.outcome, Outcome::refused) << number;
    EXPECT_EQ(story.sip_code, code) << number;
    EXPECT_FALSE(story.reasons.empty()) << number;
  }
  town.routing.routes.clear();
  Story story = town.dial("944944944");
  EXPECT_EQ(story.refusal, Refusal::no_route);
  story.hide_routes();
  EXPECT_TRUE(has_step(story, Step::route));
}

TEST(Story, ALockedCompanyCallsForHelpAlone) {
  Town town;
  town.company.rows().customer.status = model::Status::locked;
  for (const std::string_view number : {"102", "944944944"}) {
    EXPECT_EQ(town.dial(number).refusal, Refusal::locked) << number;
    EXPECT_EQ(town.dial(number).sip_code, 403) << number;
  }
  EXPECT_EQ(town.dial("112").outcome, Outcome::emergency);
  EXPECT_EQ(town.call_in("+34941941941").sip_code, 403);
}

TEST(Story, OfACarriersCallSaysWhoRings) {
  Town town;
  const Story story = town.call_in("34941941941");
  EXPECT_EQ(story.outcome, Outcome::extension);
  EXPECT_EQ(story.number, "+34941941941");
  EXPECT_EQ(story.ddi, "+34941941941");
  ASSERT_TRUE(story.target);
  EXPECT_EQ(story.target->user->display_name, "Bob Bobson");
  EXPECT_EQ(town.call_in("+34941941942").refusal, Refusal::unknown_number);  // It leads nowhere.
  EXPECT_EQ(town.call_in("+34950950950").refusal, Refusal::unknown_number);  // Another brand's.
  town.routing.carriers[0].active = false;
  EXPECT_EQ(town.call_in("+34941941941").sip_code, 403);
}

TEST(Story, OfASharedSourceSaysWhoseTheCallIs) {
  Town town;
  town.routing.sources = {{.id = {30}, .carrier = {1}, .network = "192.0.2.1"},
                          {.id = {31}, .carrier = {2}, .network = "192.0.2.0/24"}};
  const auto lines = [](const Story& story) {
    return std::ranges::count_if(story.reasons, [](const Reason& each) { return each.text.contains("another carrier's"); });
  };
  EXPECT_EQ(lines(town.call_in("+34941941941")), 0);
  EXPECT_EQ(lines(town.call_in("+34941941941", 2)), 0);
  town.company.rows().ddis[0].carrier = {2};  // Now the first is not meant.
  EXPECT_EQ(lines(town.call_in("+34941941941")), 1);
  EXPECT_EQ(lines(town.call_in("+34941941941", 2)), 0);

  const auto is_in_block = [](const Story& story) {
    return std::ranges::any_of(story.reasons, [](const Reason& each) { return each.text.contains("block +34941 to +34941"); });
  };
  EXPECT_FALSE(is_in_block(town.call_in("+34941941941")));
  town.routing.number_blocks = {{.id = {33}, .first = "+34941", .low = 349410000000000, .high = 349419999999999}};
  EXPECT_TRUE(is_in_block(town.call_in("+34941941941")));
  EXPECT_FALSE(is_in_block(town.call_in("+34942941941")));
}

TEST(Story, ACallerIsKnownByNameExtensionOrUser) {
  Town town;
  town.build();
  const directory::Customer& company = *town.snapshot->find_customer({5});
  for (const std::string& who : {std::string("alice"), std::string("101"), to_base32(town.alice.value + 1)}) {
    const directory::Terminal* found = find_caller(company, who);
    ASSERT_NE(found, nullptr) << who;
    EXPECT_EQ(found->id, town.alice) << who;
  }
  for (const char* who : {"", "carol", "199", "zzzzzzzzzzzzzzzz", "!"}) EXPECT_EQ(find_caller(company, who), nullptr) << who;
}

}  // namespace
}  // namespace carillon::dialplan

// SPDX-License-Identifier: GPL-3.0-or-later
// A number outside: prefix, number, lock, ACL, own number, numbers of the platform and routes, in this order, each with its
// reason.
#include <gtest/gtest.h>

#include "dialplan/decide.hpp"
#include "support/sample_customer.hpp"

namespace carillon::dialplan {
namespace {

using carillon::testing::SampleCustomer;

/// A company in Spain with a number, and a brand with two carriers.
struct World {
  SampleCustomer company{5, "one.example"};
  Id<model::Terminal> alice = company.add("alice", "101", "Alice", "Alison");
  directory::RoutingRows routing;
  SampleCustomer other{6, "two.example", 2};
  std::vector<model::PricingPlan> plans;
  std::vector<model::Price> prices;

  World() {
    company.rows().emergency_numbers = "112 091";
    add_ddi(company, 71, "+34941941941");
    company.rows().customer.outgoing_ddi = {71};
    routing.carriers = {{.id = {1}, .name = "First"}, {.id = {2}, .name = "Second"}};
    add_pattern(10, "Spain", "+34");
    add_pattern(11, "Spain, mobile", "+346");
    add_route(20, 10, 1);
    add_plan(40, "World");
    for (const char* prefix : {"+34", "+49"}) add_price(40, prefix, prefix);
    assign(40);
  }

  void add_plan(std::int64_t id, std::string name) { plans.push_back({.id = {id}, .name = std::move(name), .currency = "EUR"}); }
  void add_price(std::int64_t plan, std::string prefix, std::string name) {
    prices.push_back({.id = {next_price++},
                      .pricing_plan = {plan},
                      .name = std::move(name),
                      .prefix = std::move(prefix),
                      .connection = {150'000},
                      .per_minute = {20'000}});
  }
  model::PlanAssignment& assign(std::int64_t plan, std::int64_t metric = 1) {
    company.rows().plan_assignments.push_back({.id = {next_price++}, .pricing_plan = {plan}, .metric = metric});
    return company.rows().plan_assignments.back();
  }
  std::int64_t next_price = 100;

  static void add_ddi(SampleCustomer& customer, std::int64_t id, std::string number) {
    customer.rows().ddis.push_back({.id = {id}, .customer = customer.rows().customer.id, .number = std::move(number)});
  }
  void add_pattern(std::int64_t id, std::string name, std::string prefix) {
    routing.patterns.push_back({.id = {id}, .name = std::move(name), .pattern = std::move(prefix)});
  }
  void add_regex(std::int64_t id, std::string name, std::string regex) {
    routing.patterns.push_back(
        {.id = {id}, .name = std::move(name), .kind = model::PatternKind::regex, .pattern = std::move(regex)});
  }
  model::OutgoingRoute& add_route(std::int64_t id, std::int64_t pattern, std::int64_t carrier, std::int64_t priority = 1) {
    routing.routes.push_back({.id = {id}, .target_pattern = {pattern}, .carrier = {carrier}, .priority = priority});
    return routing.routes.back();
  }
  void add_list(std::int64_t id, std::string name, model::MatchKind kind, std::string value) {
    company.rows().match_lists.push_back({.id = {id}, .name = std::move(name)});
    company.rows().match_entries.push_back({.id = {id + 1000}, .match_list = {id}, .kind = kind, .value = std::move(value)});
  }

  /// Fixes the rows; the decisions point into it.
  std::shared_ptr<const directory::Snapshot> snapshot;
  Instant now{};
  Decision dial(std::string_view number) {
    directory::Builder builder;
    builder.set_brand({.id = {1}, .name = "One"});
    builder.set_brand({.id = {2}, .name = "Two"});
    builder.set_routing({1}, std::make_shared<const directory::Routing>(routing));
    for (const model::PricingPlan& plan : plans) {
      std::vector<model::Price> own = prices;
      std::erase_if(own, [&](const model::Price& price) { return price.pricing_plan != plan.id; });
      builder.set_plan({1}, plan.id, std::make_shared<const directory::PricingPlan>(plan, own));
    }
    EXPECT_TRUE(builder.set_customer(company.build()));
    EXPECT_TRUE(builder.set_customer(other.build()));
    snapshot = std::move(builder).build(1).value();
    return decide(*snapshot, {{5}, alice, number, now});
  }

  External external(std::string_view number) {
    Decision decision = dial(number);
    const auto* found = std::get_if<External>(&decision.answer);
    EXPECT_NE(found, nullptr) << number << ": " << explain(decision);
    return found == nullptr ? External() : *found;
  }
  Refusal refusal(std::string_view number) {
    Decision decision = dial(number);
    const auto* found = std::get_if<Refusal>(&decision.answer);
    EXPECT_NE(found, nullptr) << number << ": " << explain(decision);
    return found == nullptr ? Refusal::unknown_customer : *found;
  }
};

std::vector<std::string> carriers_of(const External& external) {
  std::vector<std::string> names;
  for (const directory::Route* route : external.routes) names.push_back(route->carrier->name);
  return names;
}

using Names = std::vector<std::string>;

TEST(External, GoesByARouteWithTheCustomersNumber) {
  World world;
  const External external = world.external("944944944");
  EXPECT_EQ(external.number, "+34944944944");
  EXPECT_EQ(external.cli.number, "+34941941941");
  EXPECT_EQ(carriers_of(external), Names{"First"});
}

TEST(External, NumbersAreReadAsPeopleDialThem) {
  World world;
  EXPECT_EQ(world.external("+34944944944").number, "+34944944944");
  EXPECT_EQ(world.external("0034944944944").number, "+34944944944");
  EXPECT_EQ(world.refusal("12"), Refusal::unknown_number);
  EXPECT_EQ(world.refusal("+0123456789"), Refusal::unknown_number);
}

TEST(External, NeedsThePrefixWhereThereIsOne) {
  World world;
  world.company.rows().customer.outbound_prefix = "0";
  EXPECT_EQ(world.external("0944944944").number, "+34944944944");
  EXPECT_EQ(world.external("00034944944944").number, "+34944944944");
  EXPECT_EQ(world.external("+34944944944").number, "+34944944944");
  EXPECT_EQ(world.refusal("944944944"), Refusal::no_prefix);
  EXPECT_FALSE(world.dial("101").is_refused());
}

TEST(External, NeedsANumberToCallWith) {
  World world;
  world.company.rows().customer.outgoing_ddi = {};
  EXPECT_EQ(world.refusal("944944944"), Refusal::no_ddi);
  World::add_ddi(world.company, 72, "+34942942942");
  world.company.rows().users.front().outgoing_ddi = {72};
  EXPECT_EQ(world.external("944944944").cli.number, "+34942942942");
}

TEST(External, CorporateMobilesSeeTheSwitchboardsNumber) {
  World world;
  World::add_ddi(world.company, 72, "+34942942942");
  world.company.rows().users.front().outgoing_ddi = {72};
  world.add_list(80, "corporate mobiles", model::MatchKind::number, "+34676676676");
  world.company.rows().outgoing_ddi_rules.push_back({.id = {90}, .name = "switchboard"});
  world.company.rows().outgoing_ddi_rule_entries.push_back(
      {.id = {91}, .outgoing_ddi_rule = {90}, .match_list = {80}, .policy = model::DdiPolicy::force, .ddi = {71}});
  world.company.rows().customer.outgoing_ddi_rule = {90};
  EXPECT_EQ(world.external("676676676").cli.number, "+34941941941");
  EXPECT_EQ(world.external("676676677").cli.number, "+34942942942");
}

TEST(External, AnAclDecidesByItsFirstRuleThatFits) {
  World world;
  world.add_list(80, "mobiles", model::MatchKind::regex, R"(^\+34[67])");
  world.add_list(81, "the boss", model::MatchKind::number, "+34676676676");
  world.company.rows().call_acls.push_back({.id = {90}, .name = "sales", .policy = model::AclPolicy::allow});
  world.company.rows().call_acl_rules = {
      {.id = {91}, .call_acl = {90}, .priority = 2, .match_list = {80}, .policy = model::AclPolicy::deny},
      {.id = {92}, .call_acl = {90}, .priority = 1, .match_list = {81}, .policy = model::AclPolicy::allow}};
  world.company.rows().users.front().call_acl = {90};
  EXPECT_EQ(world.refusal("677677677"), Refusal::denied);
  EXPECT_EQ(world.external("676676676").number, "+34676676676");
  EXPECT_EQ(world.external("944944944").number, "+34944944944");
  EXPECT_FALSE(world.dial("101").is_refused());  // Only calls to the world ask it.
}

TEST(External, ALockKeepsCallsIn) {
  for (const model::Lock lock : {model::Lock::foreign, model::Lock::outgoing, model::Lock::all, model::Lock::global}) {
    World world;
    world.company.rows().users.front().lock = lock;
    EXPECT_EQ(world.refusal("944944944"), Refusal::locked);
    EXPECT_EQ(world.dial("101").is_refused(), lock != model::Lock::foreign);
  }
}

TEST(External, TheLongestPrefixIsTriedFirstThenShorterOnesThenPatterns) {
  World world;
  world.add_route(21, 11, 2);
  EXPECT_EQ(carriers_of(world.external("676676676")), (Names{"Second", "First"}));
  EXPECT_EQ(carriers_of(world.external("944944944")), Names{"First"});
  world.add_regex(12, "anything", "^");
  world.add_route(22, 12, 2);
  EXPECT_EQ(carriers_of(world.external("944944944")), (Names{"First", "Second"}));
}

TEST(External, AStopperEndsTheSearch) {
  World world;
  world.add_route(21, 11, 2).stopper = true;
  world.add_route(22, 11, 1, 2);
  EXPECT_EQ(carriers_of(world.external("676676676")), Names{"Second"});
}

TEST(External, ABlockBeatsEveryRoute) {
  World world;
  world.add_regex(12, "premium", R"(^\+3480[367])");
  world.add_route(21, 12, 0).mode = model::RouteMode::block;
  EXPECT_EQ(world.refusal("803803803"), Refusal::blocked);
  EXPECT_EQ(world.refusal("+4930123456"), Refusal::no_route);
}

TEST(External, ARouteMayBeOneCustomersAlone) {
  World world;
  world.add_route(21, 10, 2, 0).customer = {6};
  EXPECT_EQ(carriers_of(world.external("944944944")), Names{"First"});
  world.routing.routes.back().customer = {5};
  EXPECT_EQ(carriers_of(world.external("944944944")), (Names{"Second", "First"}));
}

TEST(External, ATagChoosesItsRoutesAndNoOthers) {
  World world;
  world.add_route(21, 10, 2).routing_tag = {40};
  world.routing.tags = {{.id = {40}, .name = "Premium", .tag = "12#"}, {.id = {41}, .name = "Others'", .tag = "9#"}};
  world.routing.customer_tags = {{.id = {50}, .customer = {5}, .routing_tag = {40}},
                                 {.id = {51}, .customer = {6}, .routing_tag = {41}}};
  EXPECT_EQ(carriers_of(world.external("944944944")), Names{"First"});
  EXPECT_EQ(carriers_of(world.external("12#944944944")), Names{"Second"});
  EXPECT_EQ(world.external("12#0034944944944").number, "+34944944944");
  EXPECT_EQ(world.external("12#+34944944944").number, "+34944944944");
  EXPECT_EQ(world.refusal("9#944944944"), Refusal::no_tag);   // Another customer's,
  EXPECT_EQ(world.refusal("13#944944944"), Refusal::no_tag);  // and nobody's.
  for (const char* nonsense : {"12#", "#944944944", "1234#944944944", "12#12#944944944", "1*2#944944944", "944944944#"})
    EXPECT_EQ(world.refusal(nonsense), Refusal::unknown_number) << nonsense;
  world.company.rows().customer.outbound_prefix = "0";
  EXPECT_EQ(carriers_of(world.external("012#944944944")), Names{"Second"});
  EXPECT_EQ(world.refusal("12#0944944944"), Refusal::no_prefix);
}

TEST(External, ATagWithoutRoutesLeadsNowhereAndItsBlocksStopNobodyElse) {
  World world;
  world.routing.tags = {{.id = {40}, .name = "Premium", .tag = "12#"}};
  world.routing.customer_tags = {{.id = {50}, .customer = {5}, .routing_tag = {40}}};
  EXPECT_EQ(world.refusal("12#944944944"), Refusal::no_route);
  auto& block = world.add_route(21, 10, 0);
  block.mode = model::RouteMode::block;
  block.routing_tag = {40};
  EXPECT_EQ(world.refusal("12#944944944"), Refusal::blocked);
  EXPECT_EQ(carriers_of(world.external("944944944")), Names{"First"});
}

TEST(External, ACallForHelpLooksAtNoTag) {
  World world;
  world.company.rows().customer.outbound_prefix = "0";
  world.routing.routes.front().routing_tag = {40};  // Of which there is none.
  world.add_regex(12, "help", "^112$");
  world.add_route(21, 12, 2).routing_tag = {40};
  for (const std::string_view dialled : {"112", "0112", "7#112", "07#112"}) {
    const External external = world.external(dialled);
    EXPECT_TRUE(external.is_emergency) << dialled;
    EXPECT_EQ(external.number, "112");
    EXPECT_EQ(carriers_of(external), Names{"Second"});
  }
}

TEST(External, WhatNamesCarriersAndPricesIsTheBrands) {
  World world;
  for (const Reason& reason : world.dial("944944944").reasons)
    EXPECT_EQ(reason.is_brands, reason.text.contains("First") || reason.step == Step::price) << reason.text;
}

TEST(External, AGroupStandsForItsPatterns) {
  World world;
  world.routing.groups = {{.id = {30}, .name = "Europe"}};
  world.routing.members = {{.id = {31}, .target_group = {30}, .target_pattern = {11}}};
  world.routing.routes = {{.id = {21}, .target_group = {30}, .carrier = {2}}};
  EXPECT_EQ(carriers_of(world.external("676676676")), Names{"Second"});
  EXPECT_EQ(world.refusal("944944944"), Refusal::no_route);
}

TEST(External, ANumberOfThePlatformNeverLeavesIt) {
  World world;
  World::add_ddi(world.other, 75, "+34950950950");
  const Decision decision = world.dial("950950950");
  ASSERT_TRUE(std::holds_alternative<OnNet>(decision.answer)) << explain(decision);
  EXPECT_EQ(std::get<OnNet>(decision.answer).customer->id(), Id<model::Customer>{6});
}

TEST(External, NothingKeepsACallForHelp) {
  World world;
  world.company.rows().users.front().lock = model::Lock::global;
  world.company.rows().customer.lock = model::Lock::all;
  world.company.rows().customer.outbound_prefix = "0";
  world.company.rows().extensions.front().number = "112";  // Made before anybody looked.
  world.routing.routes.clear();
  for (const std::string_view dialled : {"112", "0112", "091", "0091"}) {
    const External external = world.external(dialled);
    EXPECT_TRUE(external.is_emergency);
    EXPECT_EQ(external.number, dialled.substr(dialled.size() - 3));
    EXPECT_EQ(external.cli.number, "+34941941941");
    EXPECT_EQ(external.carriers.size(), 2U);
  }
}

/// The prefix that a call is priced by, and the plan: "+34 of World"; "none": it needs no price.
std::string price_of(const std::optional<directory::FoundPrice>& price) {
  return price ? fmt::format("{} of {}", price->found.prefix, price->plan->name()) : "none";
}

TEST(External, GoesNowhereWithoutAPrice) {
  World world;
  EXPECT_EQ(price_of(world.external("944944944").price), "+34 of World");
  world.prices.clear();
  EXPECT_EQ(world.refusal("944944944"), Refusal::no_price);
  EXPECT_EQ(sip_status(Refusal::no_price), 402);
  EXPECT_NE(explain(world.dial("944944944")).find("price: "), std::string::npos);
  EXPECT_TRUE(world.external("112").is_emergency);
  EXPECT_FALSE(world.dial("101").is_refused());
}

TEST(External, IsToldWhyItHasNoRouteRatherThanNoPrice) {
  World world;
  world.prices.clear();
  EXPECT_EQ(world.refusal("+4930123456"), Refusal::no_route);
  world.add_route(21, 11, 0).mode = model::RouteMode::block;
  EXPECT_EQ(world.refusal("676676676"), Refusal::blocked);
}

TEST(External, HasThePriceOfTheLongestPrefix) {
  World world;
  world.add_price(40, "+346", "mobile");
  world.add_price(40, "+34676676676", "the boss");
  EXPECT_EQ(price_of(world.external("677677677").price), "+346 of World");
  EXPECT_EQ(price_of(world.external("676676676").price), "+34676676676 of World");
  EXPECT_EQ(price_of(world.external("944944944").price), "+34 of World");
}

TEST(External, HasThePriceOfTheSmallerMetricWherePlansHaveTheSamePrefix) {
  World world;
  world.add_plan(41, "Special");
  world.add_price(41, "+34", "Spain");
  auto& special = world.assign(41, 2);
  EXPECT_EQ(price_of(world.external("944944944").price), "+34 of World");
  special.metric = 0;
  EXPECT_EQ(price_of(world.external("944944944").price), "+34 of Special");
  world.add_price(40, "+3494", "Rioja");
  EXPECT_EQ(price_of(world.external("944944944").price), "+3494 of World");
}

TEST(External, HasPricesOfPlansThatHoldAtThatInstant) {
  World world;
  auto& assignment = world.company.rows().plan_assignments.front();
  assignment.valid_from = Instant(100s);
  assignment.valid_to = Instant(200s);
  for (const auto& [at, holds] : {std::pair(99s, false), {100s, true}, {199s, true}, {200s, false}}) {
    world.now = Instant(at);
    EXPECT_EQ(world.dial("944944944").is_refused(), !holds) << at.count();
  }
}

TEST(External, NeedsNoPriceByCarriersThatAreRatedElsewhere) {
  World world;
  world.prices.clear();
  world.add_route(21, 10, 2, 2);
  world.routing.carriers[1].externally_rated = true;
  const External external = world.external("944944944");
  EXPECT_EQ(carriers_of(external), Names{"Second"});  // Also when it fails: the other is not asked.
  EXPECT_EQ(price_of(external.price), "none");
  world.add_price(40, "+34", "Spain");
  EXPECT_EQ(carriers_of(world.external("944944944")), (Names{"First", "Second"}));
}

TEST(External, NeedsNoPriceWhereSomebodyElseBills) {
  const std::uint64_t billing = std::uint64_t{1} << static_cast<unsigned>(model::Feature::billing);
  for (const bool is_brand : {false, true}) {
    World world;
    world.prices.clear();
    (is_brand ? world.company.rows().brand.features : world.company.rows().customer.features).bits &= ~billing;
    EXPECT_EQ(price_of(world.external("944944944").price), "none");
  }
}

TEST(External, ToAnotherCustomerCostsAsElsewhere) {
  World world;
  World::add_ddi(world.other, 75, "+34950950950");
  EXPECT_EQ(price_of(std::get<OnNet>(world.dial("950950950").answer).price), "+34 of World");
  world.prices.clear();
  EXPECT_EQ(world.refusal("950950950"), Refusal::no_price);
  EXPECT_TRUE(std::holds_alternative<OnNet>(world.dial("941941941").answer));  // Its own.
}

}  // namespace
}  // namespace carillon::dialplan

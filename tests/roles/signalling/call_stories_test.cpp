// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: signalling tells of imagined calls to those alone whose calls they would be, and says all of it.
#include "roles/signalling/call_stories.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "control/message.hpp"
#include "support/sample_customer.hpp"

namespace carillon::roles {
namespace {

using carillon::testing::SampleCustomer;

struct Platform {
  SampleCustomer company{5, "one.example"}, other{6, "two.example", 2};
  Id<model::Terminal> alice = company.add("alice", "101", "Alice", "Alison");
  Id<model::Terminal> bob = company.add("bob", "102", "Bob", "Bobson");
  std::shared_ptr<const directory::Snapshot> snapshot;

  Platform() {
    company.rows().ddis.push_back(
        {.id = {71}, .customer = {5}, .number = "+34941941941", .target = Id<model::Target>{bob.value + 1}});
    company.rows().customer.outgoing_ddi = {71};
    company.rows().customer.features = {};  // Not billed here: its calls need no price.
    directory::RoutingRows routing;
    routing.carriers = {{.id = {1}, .name = "First"}};
    routing.patterns = {{.id = {10}, .name = "Spain", .pattern = "+34"}};
    routing.routes = {{.id = {20}, .target_pattern = {10}, .carrier = {1}, .priority = 2, .weight = 3}};
    directory::Builder builder;
    builder.set_brand({.id = {1}, .name = "One"});
    builder.set_brand({.id = {2}, .name = "Two"});
    builder.set_routing({1}, std::make_shared<const directory::Routing>(routing));
    EXPECT_TRUE(builder.set_customer(company.build()));
    EXPECT_TRUE(builder.set_customer(other.build()));
    snapshot = std::move(builder).build(1).value();
  }

  static control::CallsExplain::Params params(std::string from, std::string to, std::int64_t customer = 5) {
    control::CallsExplain::Params params;
    params.customer = {customer};
    params.from = std::move(from);
    params.to = std::move(to);
    return params;
  }
  Result<control::CallStory> tell(const control::CallsExplain::Params& params) const {
    return tell_story(*snapshot, params, Instant());
  }
  bool is_hidden(const control::CallsExplain::Params& params) const {
    const auto told = tell(params);
    return !told && told.error().is(control::Fault::not_found);
  }
};

TEST(CallStories, SayWithWhichNumberSomebodyBehindAPbxCalls) {
  Platform platform;
  platform.company.rows().terminals[1].kind = model::TerminalKind::pbx;
  platform.company.rows().ddis.push_back({.id = {72}, .customer = {5}, .number = "+34942942942"});
  directory::Builder builder(*platform.snapshot);
  ASSERT_TRUE(builder.set_customer(platform.company.build()));
  platform.snapshot = std::move(builder).build(2).value();
  auto params = Platform::params("bob", "944944944");
  EXPECT_EQ(platform.tell(params)->ddi, "+34941941941");
  params.as = "942942942";
  EXPECT_EQ(platform.tell(params)->ddi, "+34942942942");
  params.as = "600600600";  // Nobody's here.
  EXPECT_EQ(platform.tell(params)->ddi, "+34941941941");
}

TEST(CallStories, SayAllOfACallOutside) {
  const Platform platform;
  auto params = Platform::params("alice", "944944944");
  const auto story = platform.tell(params);
  ASSERT_TRUE(story);
  EXPECT_EQ(story->outcome, control::StoryOutcome::external);
  EXPECT_EQ(story->number, "+34944944944");
  EXPECT_EQ(story->ddi, "+34941941941");
  const auto carriers = boost::json::parse(story->carriers.text);
  ASSERT_EQ(carriers.as_array().size(), 1U);
  EXPECT_EQ(carriers.at(0).at("name").as_string(), "First");
  EXPECT_EQ(carriers.at(0).at("priority").as_int64(), 2);
  EXPECT_EQ(carriers.at(0).at("weight").to_number<int>(), 3);
  EXPECT_GT(boost::json::parse(story->reasons.text).as_array().size(), 3U);
  params.hides_routes = true;
  const auto hidden = platform.tell(params);
  ASSERT_TRUE(hidden);
  EXPECT_EQ(hidden->carriers.text, "[]");
  EXPECT_EQ(hidden->reasons.text.find("First"), std::string::npos);
}

TEST(CallStories, SayWhoRings) {
  const Platform platform;
  const auto inside = platform.tell(Platform::params("101", "102"));
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->outcome, control::StoryOutcome::extension);
  EXPECT_EQ(inside->target.value, platform.bob.value + 1);
  EXPECT_EQ(inside->target_name, "Bob Bobson");
  auto params = Platform::params("+34676676676", "+34941941941", 0);
  params.carrier = {1};
  const auto inbound = platform.tell(params);
  ASSERT_TRUE(inbound);
  EXPECT_EQ(inbound->target.value, platform.bob.value + 1);
  EXPECT_EQ(inbound->ddi, "+34941941941");
  params.to = "+34999999999";
  EXPECT_EQ(platform.tell(params)->sip_code, 404);
}

TEST(CallStories, AreNobodyElsesBusiness) {
  const Platform platform;
  EXPECT_TRUE(platform.is_hidden(Platform::params("carol", "102")));
  EXPECT_TRUE(platform.is_hidden(Platform::params("alice", "102", 6)));
  EXPECT_TRUE(platform.is_hidden(Platform::params("alice", "102", 7)));
  auto params = Platform::params("alice", "102");
  params.brand = {2};
  EXPECT_TRUE(platform.is_hidden(params));
  params.brand = {1};
  EXPECT_FALSE(platform.is_hidden(params));
  params.asking = {platform.bob.value + 1};
  EXPECT_TRUE(platform.is_hidden(params));
  params.asking = {platform.alice.value + 1};
  EXPECT_FALSE(platform.is_hidden(params));
  auto inbound = Platform::params("+34676676676", "+34941941941", 0);
  inbound.carrier = {9};
  EXPECT_TRUE(platform.is_hidden(inbound));
  inbound.carrier = {1};
  inbound.brand = {2};
  EXPECT_TRUE(platform.is_hidden(inbound));
}

}  // namespace
}  // namespace carillon::roles

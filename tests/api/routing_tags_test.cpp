// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: tags are stored only as they can be dialled, are their brand's alone, and hold and let go what refers to them; how long
// calls may last is said by brands and inherited.
#include <boost/json/serialize.hpp>

#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class RoutingTagsTest : public testing::Site {
 protected:
  testing::Reply make_tag(const std::string& name, const std::string& tag) {
    return make("/routing-tags", {{"name", name}, {"tag", tag}}, brand_);
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");
  std::string company_ = token_of("democompany");
};
CARILLON_ON_EACH_DATABASE(RoutingTagsTest);

TEST_P(RoutingTagsTest, AreOneToThreeDigitsAndAHash) {
  for (const char* sound : {"0#", "12#", "999#"}) EXPECT_EQ(make_tag(sound, sound).string("tag"), sound);
  for (const char* bad : {"", "#", "12", "1234#", "1*#", "*1#", "#12", "1#2#", "+1#", " 1#", "1#\r", "\xd9\xa3#"})
    EXPECT_EQ(faults(make_tag("Bad", bad)), Fields{"tag"}) << bad;
  EXPECT_EQ(faults(make_tag("Other", "12#")), Fields{"tag"});
  EXPECT_EQ(faults(make_tag("12#", "13#")), Fields{"name"});
}

TEST_P(RoutingTagsTest, AreTheBrandsBusiness) {
  const std::string tag = make_tag("Premium", "12#").string("id");
  for (const char* list : {"/routing-tags", "/customer-routing-tags"}) EXPECT_EQ(get(list, company_).status, 403U);
  EXPECT_EQ(make("/routing-tags", {{"name", "x"}, {"tag", "1#"}}, company_).status, 403U);
  const auto brand = make("/brands", {{"name", "Other"}, {"currency", "EUR"}}, platform_);
  make("/administrators", {{"login", "other"}, {"password", "quiet-river-stone"}, {"brand", brand.body.at("id")}}, platform_);
  const std::string other = log_in("other", "quiet-river-stone").string("token");
  EXPECT_EQ(get("/routing-tags/" + tag, other).status, 404U);
  EXPECT_EQ(make("/routing-tags", {{"name", "Premium"}, {"tag", "12#"}}, other).status, 201U);
  const std::string customer =
      make("/customers", {{"name", "Elsewhere"}, {"country", "ES"}, {"currency", "EUR"}}, other).string("id");
  EXPECT_EQ(faults(make("/customer-routing-tags", {{"customer", customer}, {"routingTag", tag}}, other)), Fields{"routingTag"});
  EXPECT_EQ(faults(make("/customer-routing-tags", {{"customer", customer}, {"routingTag", tag}}, brand_)), Fields{"customer"});
  const std::string route = first("/outgoing-routes", brand_), theirs = first("/routing-tags", other);
  EXPECT_EQ(faults(patch("/outgoing-routes/" + route, brand_, json::serialize(json::object{{"routingTag", theirs}}))),
            Fields{"routingTag"});
}

TEST_P(RoutingTagsTest, AreHeldByRoutesAndGoFromCustomers) {
  const std::string tag = make_tag("Premium", "12#").string("id"), route = first("/outgoing-routes", brand_);
  const std::string customer = make("/customers", {{"name", "Brief"}, {"country", "ES"}}, brand_).string("id");
  const json::object allowed{{"customer", customer}, {"routingTag", tag}};
  const auto made = make("/customer-routing-tags", allowed, brand_);
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_EQ(make("/customer-routing-tags", allowed, brand_).status, 409U);
  ASSERT_EQ(patch("/outgoing-routes/" + route, brand_, json::serialize(json::object{{"routingTag", tag}})).status, 200U);
  EXPECT_EQ(remove("/routing-tags/" + tag, brand_).status, 409U);
  ASSERT_EQ(patch("/outgoing-routes/" + route, brand_, R"({"routingTag":null})").status, 200U);
  EXPECT_EQ(remove("/customers/" + customer, brand_).status, 204U);
  EXPECT_EQ(get("/customer-routing-tags/" + made.string("id"), brand_).status, 404U);
  const std::string other = first("/customers", brand_);
  const auto again = make("/customer-routing-tags", {{"customer", other}, {"routingTag", tag}}, brand_);
  ASSERT_EQ(again.status, 201U) << again.text;
  EXPECT_EQ(remove("/routing-tags/" + tag, brand_).status, 204U);
  EXPECT_EQ(get("/customer-routing-tags/" + again.string("id"), brand_).status, 404U);
}

TEST_P(RoutingTagsTest, HowLongCallsLastIsTheBrandsToSay) {
  const std::string customer = "/customers/" + first("/customers", brand_), brand = "/brands/" + first("/brands", platform_);
  EXPECT_EQ(patch(brand, platform_, R"({"maxCallSeconds":7200})").status, 200U);
  EXPECT_EQ(faults(patch(brand, brand_, R"({"maxCallSeconds":60})")), Fields{"maxCallSeconds"});
  EXPECT_EQ(faults(patch(customer, company_, R"({"maxCallSeconds":60})")), Fields{"maxCallSeconds"});
  EXPECT_EQ(get(customer + "/effective", brand_).body.at("maxCallSeconds").at("value").as_int64(), 7200);
  EXPECT_EQ(patch(customer, brand_, R"({"maxCallSeconds":86400})").status, 200U);
  EXPECT_EQ(get(customer + "/effective", brand_).body.at("maxCallSeconds").at("value").as_int64(), 86400);
  for (const char* bad : {R"({"maxCallSeconds":86401})", R"({"maxCallSeconds":-1})"})
    EXPECT_EQ(faults(patch(customer, brand_, bad)), Fields{"maxCallSeconds"}) << bad;
}

}  // namespace
}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: target patterns are stored as they are looked up, routes say one thing, and nothing of them crosses brands.
#include "site.hpp"
#include "store/edit.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class TargetsTest : public testing::Site {
 protected:
  testing::Reply make_pattern(const char* kind, const std::string& pattern) {
    return make("/target-patterns", {{"name", "Ours"}, {"kind", kind}, {"pattern", pattern}}, brand_);
  }
  testing::Reply make_route(const json::object& body) { return make("/outgoing-routes", body, brand_); }
  /// Another brand with an administrator of its own.
  std::string make_brand(const std::string& name) {
    const auto brand = make("/brands", {{"name", name}, {"currency", "EUR"}}, platform_);
    EXPECT_EQ(brand.status, 201U) << brand.text;
    make("/administrators", {{"login", name}, {"password", "quiet-river-stone"}, {"brand", brand.body.at("id")}}, platform_);
    return brand.string("id");
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");
};
CARILLON_ON_EACH_DATABASE(TargetsTest);

TEST_P(TargetsTest, AreStoredWithPlus) {
  const std::tuple<const char*, const char*, const char*> sound[] = {
      {"prefix", "34676", "+34676"},
      {"prefix", "+34677", "+34677"},
      {"regex", "^34[67]", "^\\+34[67]"},
      {"regex", "^\\+346[0-9]{8}$", "^\\+346[0-9]{8}$"},
  };
  for (const auto& [kind, said, kept] : sound) {
    const auto made = make_pattern(kind, said);
    ASSERT_EQ(made.status, 201U) << made.text;
    EXPECT_EQ(made.string("pattern"), kept);
    EXPECT_EQ(made.body.get_object().contains("notices"), std::string(said) != kept);
  }
  EXPECT_EQ(faults(make_pattern("prefix", "34676")), Fields{"pattern"});  // Is there.
  for (const char* bad : {"+", "0034", "+034", "++34", "34x", "+34 6", "1234567890123456", "^34", "", "\xd9\xa3\xd9\xa4"})
    EXPECT_EQ(faults(make_pattern("prefix", bad)), Fields{"pattern"}) << bad;
  for (const std::string& bad : {std::string("("), std::string("+34"), std::string("(a{999}){999}"), std::string("(?=a)"),
                                 std::string(513, 'a'), std::string(), std::string("^34\r")})
    EXPECT_EQ(faults(make_pattern("regex", bad)), Fields{"pattern"}) << bad;
}

TEST_P(TargetsTest, AreLeftByRoutesThatSayOneThing) {
  const std::string pattern = first("/target-patterns", brand_), group = first("/target-groups", brand_);
  const std::string carrier = first("/carriers", brand_), customer = first("/customers", brand_);
  EXPECT_EQ(make_route({{"targetPattern", pattern}, {"carrier", carrier}}).status, 201U);
  EXPECT_EQ(make_route({{"targetGroup", group}, {"carrier", carrier}, {"customer", customer}}).status, 201U);
  EXPECT_EQ(make_route({{"targetGroup", group}, {"mode", "block"}}).status, 201U);
  EXPECT_EQ(faults(make_route({{"carrier", carrier}})), Fields{"targetPattern"});
  EXPECT_EQ(faults(make_route({{"targetPattern", pattern}, {"targetGroup", group}, {"carrier", carrier}})),
            Fields{"targetGroup"});
  EXPECT_EQ(faults(make_route({{"targetPattern", pattern}})), Fields{"carrier"});
  EXPECT_EQ(faults(make_route({{"targetPattern", pattern}, {"carrier", carrier}, {"mode", "block"}})), Fields{"carrier"});
  EXPECT_EQ(faults(make_route({{"targetPattern", pattern}, {"carrier", carrier}, {"weight", 0}})), Fields{"weight"});
}

TEST_P(TargetsTest, OfABrandAreItsOwn) {
  make_brand("Other");
  const std::string other = log_in("Other", "quiet-river-stone").string("token");
  const auto patterns = get("/target-patterns?perPage=1", other), groups = get("/target-groups?perPage=10", other);
  EXPECT_GE(patterns.body.at("total").as_int64(), 249);
  EXPECT_EQ(groups.body.at("total").as_int64(), 7);
  EXPECT_EQ(get("/target-group-members?perPage=1", other).body.at("total"), patterns.body.at("total"));
  const std::string pattern = first("/target-patterns", other), group = first("/target-groups", other);
  const std::string carrier = make("/carriers", {{"name", "Theirs"}}, other).string("id");
  const std::string customer =
      make("/customers", {{"name", "Elsewhere"}, {"country", "ES"}, {"currency", "EUR"}}, other).string("id");
  const std::string our_pattern = first("/target-patterns", brand_), our_carrier = first("/carriers", brand_);
  EXPECT_EQ(faults(make_route({{"targetPattern", pattern}, {"carrier", our_carrier}})), Fields{"targetPattern"});
  EXPECT_EQ(faults(make_route({{"targetGroup", group}, {"carrier", our_carrier}})), Fields{"targetGroup"});
  EXPECT_EQ(faults(make_route({{"targetPattern", our_pattern}, {"carrier", carrier}})), Fields{"carrier"});
  EXPECT_EQ(faults(make_route({{"targetPattern", our_pattern}, {"carrier", our_carrier}, {"customer", customer}})),
            Fields{"customer"});
  EXPECT_EQ(faults(make("/target-group-members", {{"targetGroup", group}, {"targetPattern", our_pattern}}, brand_)),
            Fields{"targetGroup"});
  EXPECT_EQ(faults(make("/carrier-servers", {{"carrier", carrier}, {"host", "a.example"}}, brand_)), Fields{"carrier"});
}

TEST_P(TargetsTest, HaveRoomForSoMany) {
  const std::string pattern = first("/target-patterns", brand_), carrier = first("/carriers", brand_);
  ASSERT_TRUE(database_->execute(
      "INSERT INTO target_patterns (id, brand, name, description, kind, pattern, position) WITH RECURSIVE n (i) AS (SELECT 1 "
      "UNION "
      "ALL SELECT i + 1 FROM n WHERE i < 1999 - (SELECT count(*) FROM target_patterns)) SELECT i, (SELECT id FROM brands), "
      "'Ours', "
      "'', 'prefix', '+999' || (1000 + i), 0 FROM n;"
      "INSERT INTO outgoing_routes (id, brand, target_pattern, mode, carrier, priority, weight, stopper, description) WITH "
      "RECURSIVE "
      "n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4998) SELECT i, brand, id, 'block', NULL, 1, 1, 0, '' FROM n, "
      "target_patterns WHERE pattern = '+34'"));
  EXPECT_EQ(make_pattern("prefix", "34676").status, 201U);
  EXPECT_EQ(faults(make_pattern("prefix", "34677")), Fields{"pattern"});
  const json::object route{{"targetPattern", pattern}, {"carrier", carrier}};
  EXPECT_EQ(make_route(route).status, 201U);
  EXPECT_EQ(faults(make_route(route)), Fields{"brand"});
  EXPECT_EQ(patch("/outgoing-routes/" + first("/outgoing-routes", brand_), brand_, R"({"weight":3})").status, 200U);
}

/// A few changes however many rows, so that signalling does not read the brand hundreds of times.
TEST_P(TargetsTest, ComeAndGoWithABrand) {
  const std::int64_t before = store::last_change(*database_).value();
  const auto brand = make("/brands", {{"name", "Brief"}, {"currency", "EUR"}}, platform_);
  ASSERT_EQ(brand.status, 201U) << brand.text;
  EXPECT_EQ(store::changes_after(*database_, before)->size(), 1U);
  EXPECT_EQ(remove("/brands/" + brand.string("id"), platform_).status, 204U);
  EXPECT_EQ(store::last_change(*database_).value(), before + 2);
}

}  // namespace
}  // namespace carillon::api

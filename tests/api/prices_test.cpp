// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: amounts are exact and nothing else is taken for one, prices are found by prefix once in a plan, and a brand's prices are
// nobody else's business.
#include <set>

#include <boost/json/serialize.hpp>

#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class PricesTest : public testing::Site {
 protected:
  testing::Reply make_price(const std::string& plan, const std::string& prefix, const json::object& more = {}) {
    json::object body{{"pricingPlan", plan}, {"name", "Some"}, {"prefix", prefix}};
    for (const auto& [name, value] : more) body[name] = value;
    return make("/prices", body, brand_);
  }
  std::string make_plan(const std::string& name, const std::string& currency = "EUR") {
    const auto made = make("/pricing-plans", {{"name", name}, {"currency", currency}}, brand_);
    EXPECT_EQ(made.status, 201U) << made.text;
    return made.string("id");
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");
  std::string demo_plan_ = first("/pricing-plans", brand_);
  std::string customer_ = first("/customers", brand_);
};
CARILLON_ON_EACH_DATABASE(PricesTest);

TEST_P(PricesTest, HaveExactAmounts) {
  const auto made = make_price(demo_plan_, "+33", {{"connection", "0.1"}, {"perMinute", "0.000001"}, {"periodSeconds", 60}});
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_EQ(made.string("connection"), "0.10");
  EXPECT_EQ(made.string("perMinute"), "0.000001");
  EXPECT_EQ(made.body.at("periodSeconds"), 60);
  EXPECT_EQ(database_.integer("SELECT per_minute FROM prices WHERE prefix = '+33'"), 1);
  const auto free = make_price(demo_plan_, "+35");
  EXPECT_EQ(free.string("perMinute"), "0.00");
  EXPECT_EQ(free.body.at("periodSeconds"), 1);
  for (const json::value& bad : {json::value(0.02), json::value(1), json::value("0,02"), json::value("1e3"), json::value("-0.01"),
                                 json::value("0.0000001"), json::value("1000000.01"), json::value("9223372036854775808"),
                                 json::value(""), json::value(nullptr), json::value("\xd9\xa3")})
    EXPECT_EQ(faults(make_price(demo_plan_, "+36", {{"perMinute", bad}})), Fields{"perMinute"}) << json::serialize(bad);
  for (const int bad : {0, -1, 3601})
    EXPECT_EQ(faults(make_price(demo_plan_, "+36", {{"periodSeconds", bad}})), Fields{"periodSeconds"});
}

TEST_P(PricesTest, AreFilteredAndSortedByAmount) {
  const std::string plan = make_plan("Filtered");
  for (const auto& [prefix, amount] : {std::pair("+1", "10"), {"+2", "9.5"}, {"+3", "0.02"}, {"+4", "0.020001"}})
    ASSERT_EQ(make_price(plan, prefix, {{"perMinute", amount}}).status, 201U);
  const auto prefixes = [&](const std::string& query) {
    std::string found;
    for (const json::value& item : get(fmt::format("/prices?filter[pricingPlan]={}&{}", plan, query), brand_).items())
      found += item.at("prefix").as_string().c_str();
    return found;
  };
  EXPECT_EQ(prefixes("sort=perMinute"), "+3+4+2+1");
  EXPECT_EQ(prefixes("sort=-perMinute"), "+1+2+4+3");
  EXPECT_EQ(prefixes("filter[perMinute]=0.0200"), "+3");
  EXPECT_EQ(prefixes("filter[perMinute][from]=0.020001&filter[perMinute][to]=10&sort=perMinute"), "+4+2");
  EXPECT_EQ(get("/prices?filter[perMinute]=cheap", brand_).status, 400U);
  EXPECT_EQ(get("/prices?filter[perMinute][contains]=0", brand_).status, 400U);
}

TEST_P(PricesTest, AreOfAPrefixThatThePlanHasOnce) {
  const auto made = make_price(demo_plan_, "346");
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_EQ(made.string("prefix"), "+346");
  EXPECT_TRUE(made.body.get_object().contains("notices"));
  EXPECT_EQ(faults(make_price(demo_plan_, "+346")), Fields{"prefix"});
  const std::string other = make_plan("Other");
  EXPECT_EQ(make_price(other, "+346").status, 201U);
  for (const char* bad : {"+", "0034", "+034", "++34", "34x", "+34 6", "1234567890123456", "^34", "", "\xd9\xa3\xd9\xa4"})
    EXPECT_EQ(faults(make_price(demo_plan_, bad)), Fields{"prefix"}) << bad;
  const std::string one = "/prices/" + made.string("id");
  EXPECT_EQ(patch(one, brand_, R"({"prefix":"+34"})").status, 400U);  // The demo's.
  EXPECT_EQ(patch(one, brand_, R"({"prefix":"+347","perMinute":"0.03"})").string("perMinute"), "0.03");
  EXPECT_EQ(patch(one, brand_, R"({"pricingPlan":")" + other + "\"}").status, 400U);
}

TEST_P(PricesTest, GoWithTheirPlanUnlessSomebodyHasIt) {
  const std::string plan = make_plan("Brief");
  ASSERT_EQ(make_price(plan, "+33").status, 201U);
  const auto assigned = make("/plan-assignments", {{"customer", customer_}, {"pricingPlan", plan}}, brand_);
  ASSERT_EQ(assigned.status, 201U) << assigned.text;
  EXPECT_EQ(remove("/pricing-plans/" + plan, brand_).status, 409U);
  EXPECT_EQ(remove("/plan-assignments/" + assigned.string("id"), brand_).status, 204U);
  EXPECT_EQ(remove("/pricing-plans/" + plan, brand_).status, 204U);
  EXPECT_EQ(database_.integer("SELECT count(*) FROM prices WHERE prefix = '+33'"), 0);
  EXPECT_EQ(get("/prices", brand_).items().size(), 1U);  // The demo's.
}

TEST_P(PricesTest, CountForACustomerFromWhenToWhen) {
  const auto assign = [&](const json::object& more) {
    json::object body{{"customer", customer_}, {"pricingPlan", demo_plan_}};
    for (const auto& [name, value] : more) body[name] = value;
    return make("/plan-assignments", body, brand_);
  };
  const auto made = assign({{"validFrom", "2027-01-01T00:00:00Z"}, {"validTo", "2028-01-01T00:00:00Z"}, {"metric", 2}});
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_EQ(made.string("validFrom"), "2027-01-01T00:00:00.000Z");
  EXPECT_EQ(faults(assign({{"validFrom", "2027-01-01T00:00:00Z"}, {"validTo", "2027-01-01T00:00:00Z"}})), Fields{"validTo"});
  EXPECT_EQ(faults(assign({{"metric", -1}})), Fields{"metric"});
  EXPECT_EQ(assign({{"validTo", "2020-01-01T00:00:00Z"}}).status, 201U);
  EXPECT_EQ(faults(make("/plan-assignments", {{"customer", customer_}, {"pricingPlan", make_plan("Dollars", "USD")}}, brand_)),
            Fields{"pricingPlan"});
  EXPECT_EQ(patch("/plan-assignments/" + made.string("id"), brand_, R"({"validTo":null,"metric":0})").status, 200U);
}

TEST_P(PricesTest, OfABrandAreItsOwnAndNoCustomers) {
  const auto brand = make("/brands", {{"name", "Other"}, {"currency", "EUR"}}, platform_);
  make("/administrators", {{"login", "other"}, {"password", "quiet-river-stone"}, {"brand", brand.body.at("id")}}, platform_);
  const std::string other = log_in("other", "quiet-river-stone").string("token");
  EXPECT_TRUE(get("/prices", other).items().empty());
  const auto theirs = make("/pricing-plans", {{"name", "Testing pricing plan"}, {"currency", "EUR"}}, other);
  ASSERT_EQ(theirs.status, 201U) << theirs.text;
  EXPECT_EQ(faults(make_price(theirs.string("id"), "+33")), Fields{"pricingPlan"});
  EXPECT_EQ(faults(make("/plan-assignments", {{"customer", customer_}, {"pricingPlan", theirs.body.at("id")}}, brand_)),
            Fields{"pricingPlan"});
  EXPECT_EQ(get("/pricing-plans/" + demo_plan_, other).status, 404U);
  for (const char* name : {"democompany", "alice@democompany.com"}) {
    const std::string token = token_of(name);
    for (const char* collection : {"/pricing-plans", "/prices", "/plan-assignments"}) {
      EXPECT_EQ(get(collection, token).status, 403U) << name << collection;
      EXPECT_EQ(post(collection, token, "{}").status, 403U) << name << collection;
    }
  }
}

TEST_P(PricesTest, AreThereWhereBillingIs) {
  const std::string id = first("/brands", platform_);
  ASSERT_EQ(patch("/brands/" + id, platform_, R"({"features":["vpbx","retail"]})").status, 200U);
  for (const char* collection : {"/pricing-plans", "/prices", "/plan-assignments"}) {
    const auto refused = get(collection, brand_);
    EXPECT_EQ(refused.status, 403U) << refused.text;
    EXPECT_EQ(refused.string("code"), "api.not_enabled");
  }
}

/// By the name of their plan, with a + or without; point decimals alone, and what is wrong is said by line.
TEST_P(PricesTest, ComeFromAFile) {
  std::string file = "pricingPlan,name,prefix,connection,perMinute,periodSeconds\r\n";
  constexpr int count = 120;
  for (int i = 0; i < count; ++i)
    file += fmt::format("Testing pricing plan,Place {},{},0.1,0.0{},60\r\n", i / 10, 1000 + i, i + 10);
  const auto done = post("/prices/import", brand_, file);
  ASSERT_EQ(done.status, 200U) << done.text;
  EXPECT_EQ(done.body.at("created").as_array().size(), static_cast<std::size_t>(count)) << done.text;
  EXPECT_EQ(database_.integer("SELECT per_minute FROM prices WHERE prefix = '+1090'"), 100'000 / 10);
  const auto bad = post("/prices/import", brand_,
                        "pricingPlan,name,prefix,perMinute\r\nTesting pricing plan,a,2000,\"0,02\"\r\nTesting pricing "
                        "plan,b,1001,0.02\r\nTesting pricing plan,c,2001,0.02\r\nTesting pricing plan,d,2001,0.02\r\n");
  std::set<std::int64_t> lines;
  for (const json::value& error : bad.body.at("errors").as_array()) lines.insert(error.at("line").as_int64());
  EXPECT_EQ(lines, (std::set<std::int64_t>{2, 3, 5})) << bad.text;
  const auto out = ask({.path = "/api/v1/prices?filter[prefix]=%2B1090", .token = brand_, .headers = "Accept: text/csv\r\n"});
  EXPECT_TRUE(out.text.contains(",0.10,0.0100,") || out.text.contains(",0.10,0.010,") || out.text.contains(",0.10,0.01,"))
      << out.text;
}

TEST_P(PricesTest, HaveRoomForSoMany) {
  constexpr int most = 200'000, step = 25'000;  // Some at a time: a statement must not take long.
  for (int first = 1; first < most - 1; first += step) {
    const int last = std::min(first + step - 1, most - 2);
    ASSERT_TRUE(database_->execute(fmt::format(
        "INSERT INTO prices (id, brand, pricing_plan, name, prefix, connection, per_minute, period_seconds) WITH RECURSIVE "
        "n (i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i, brand, id, 'Some', '+9' || (1000000 + "
        "i), 0, 0, 1 FROM n, pricing_plans",
        first, last)));
  }
  EXPECT_EQ(make_price(demo_plan_, "+33").status, 201U);
  EXPECT_EQ(faults(make_price(demo_plan_, "+35")), Fields{"pricingPlan"});
}

}  // namespace
}  // namespace carillon::api

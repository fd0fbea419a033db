// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a brand says how others write numbers, has rules made of it and tries them; what is no rule is not stored, and nobody
// else sees any of it.
#include <boost/json/serialize.hpp>

#include "model/transformation_rule.hpp"
#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class TransformationsTest : public testing::Site {
 protected:
  std::string make_set(const json::object& said) {
    const auto made = post("/transformation-sets", brand_, json::serialize(said));
    EXPECT_EQ(made.status, 201U) << made.text;
    return made.string("id");
  }
  std::string make_spain() {
    return make_set({{"name", "Iberia"}, {"callingCode", "34"}, {"internationalPrefix", "00"}, {"nationalLength", 9}});
  }
  testing::Reply add(const std::string& set, std::string_view search, std::string_view replacement, std::int64_t priority = 1) {
    const json::object rule{{"transformationSet", set},
                            {"direction", "callee_in"},
                            {"priority", priority},
                            {"search", search},
                            {"replacement", replacement}};
    return post("/transformation-rules", brand_, json::serialize(rule));
  }
  testing::Reply rules(const std::string& set) {
    return get("/transformation-rules?sort=priority&filter[transformationSet]=" + set, brand_);
  }
  testing::Reply test(const std::string& set, std::string_view direction, std::string_view number) {
    return post("/transformation-sets/" + set + "/test", brand_,
                json::serialize(json::object{{"direction", direction}, {"number", number}}));
  }
  std::string other_brand() {
    const auto brand =
        post("/brands", platform_, R"({"name":"Other","language":"en","timeZone":"Europe/Madrid","currency":"EUR"})");
    EXPECT_EQ(post("/administrators", platform_,
                   R"({"login":"other","password":"quiet-river-stone","brand":")" + brand.string("id") + "\"}")
                  .status,
              201U);
    return log_in("other", "quiet-river-stone").string("token");
  }
  /// The fields at fault, with a space between two.
  static std::string faulty(const testing::Reply& reply) {
    std::string fields;
    if (const json::value* errors = reply.body.as_object().if_contains("errors"))
      for (const json::value& error : errors->as_array())
        fields += (fields.empty() ? "" : " ") + std::string(error.at("field").as_string());
    return fields;
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");
  std::string company_ = token_of("democompany");
};

CARILLON_ON_EACH_DATABASE(TransformationsTest);

TEST_P(TransformationsTest, RulesAreMadeFromWhatTheSetSays) {
  const std::string set = make_spain();
  ASSERT_EQ(add(set, "^1", "2").status, 201U);
  const auto made = post("/transformation-sets/" + set + "/generate", brand_);
  ASSERT_EQ(made.status, 200U) << made.text;
  EXPECT_EQ(made.body.at("total").as_int64(), 8);
  EXPECT_EQ(made.items().at(0).at("direction").as_string(), "caller_in");
  EXPECT_EQ(made.items().at(0).at("search").as_string(), R"(^(00|\+)([1-9][0-9]+)$)");
  EXPECT_EQ(made.items().at(0).at("replacement").as_string(), R"(\2)");
  const auto there = rules(set);
  ASSERT_EQ(there.items().size(), 8U) << there.text;  // What was there before is gone.
  for (const json::value& rule : there.items()) EXPECT_NE(rule.at("search").as_string(), "^1");
  EXPECT_EQ(post("/transformation-sets/" + set + "/generate", brand_).status, 200U);
  EXPECT_EQ(rules(set).items().size(), 8U);
  const auto audit = get("/audit?filter[entity]=transformation_rules&filter[action]=delete", brand_);
  EXPECT_EQ(audit.items().size(), 9U);
}

TEST_P(TransformationsTest, RulesAreNotMadeOfHalf) {
  const std::string set = make_set({{"name", "Half"}, {"callingCode", "34"}});
  ASSERT_EQ(add(set, "^1", "2").status, 201U);
  const auto refused = post("/transformation-sets/" + set + "/generate", brand_);
  EXPECT_EQ(refused.status, 422U);
  EXPECT_EQ(refused.string("code"), "api.incomplete");
  EXPECT_EQ(faulty(refused), "internationalPrefix nationalLength");
  EXPECT_EQ(rules(set).items().size(), 1U);
  EXPECT_EQ(patch("/transformation-sets/" + set, brand_, R"({"internationalPrefix":"00","trunkPrefix":"0"})").status, 200U);
  EXPECT_EQ(post("/transformation-sets/" + set + "/generate", brand_).status, 200U);
}

TEST_P(TransformationsTest, AreTriedStepByStep) {
  const std::string set = make_spain();
  ASSERT_EQ(post("/transformation-sets/" + set + "/generate", brand_).status, 200U);
  const auto tried = test(set, "callee_in", "941234567");
  ASSERT_EQ(tried.status, 200U) << tried.text;
  EXPECT_EQ(tried.string("result"), "34941234567");
  const json::array& steps = tried.body.at("steps").as_array();
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_FALSE(steps[0].at("matched").as_bool());
  EXPECT_EQ(steps[0].at("after").as_string(), "941234567");
  EXPECT_TRUE(steps[1].at("matched").as_bool());
  EXPECT_EQ(steps[1].at("before").as_string(), "941234567");
  EXPECT_EQ(steps[1].at("after").as_string(), "34941234567");
  EXPECT_EQ(steps[1].at("search").as_string(), "^([1-9][0-9]{8})$");
  EXPECT_EQ(steps[1].at("replacement").as_string(), "34\\1");
  EXPECT_EQ(get("/transformation-rules/" + std::string(steps[1].at("rule").as_string()), brand_).status, 200U);
  EXPECT_EQ(test(set, "callee_out", "34941234567").string("result"), "941234567");
  EXPECT_EQ(test(set, "caller_out", "441632960001").string("result"), "00441632960001");
  EXPECT_EQ(test(set, "caller_in", "anonymous").string("result"), "anonymous");
  EXPECT_EQ(test(set, "sideways", "1").status, 400U);
  EXPECT_EQ(test(set, "caller_in", "").status, 400U);
  EXPECT_EQ(test(set, "caller_in", std::string(65, '1')).status, 400U);
  EXPECT_EQ(post("/transformation-sets/" + set + "/test", brand_, "[]").status, 400U);
}

TEST_P(TransformationsTest, WhatIsNoRuleIsNotStored) {
  const std::string set = make_spain();
  for (const char* search : {"(", "a**", "(?=a)", "a{2000}", "((((a{100}){100}){100}){100})", ""}) {
    const auto made = add(set, search, "");
    EXPECT_EQ(made.status, 400U) << search;
    EXPECT_EQ(faulty(made), "search") << search;
  }
  EXPECT_EQ(faulty(add(set, std::string(513, '1'), "")), "search");
  for (const char* replacement : {"\\2", "x\\", "\\\\", "1 2", "1@evil.example", "1;x", "<1>", "caf\xc3\xa9"}) {
    const auto made = add(set, "^(1)$", replacement);
    EXPECT_EQ(made.status, 400U) << replacement;
    EXPECT_EQ(faulty(made), "replacement") << replacement;
  }
  EXPECT_EQ(faulty(add(set, "^1", std::string(129, '1'))), "replacement");
  EXPECT_EQ(rules(set).items().size(), 0U);
  for (const char* replacement : {"", "\\1", "\\0", "00\\1", "emergency_\\1", "*31#\\1"}) {
    const auto made = add(set, "^(1)$", replacement);
    EXPECT_EQ(made.status, 201U) << made.text;
    const auto changed = patch("/transformation-rules/" + made.string("id"), brand_, R"({"search":"^(1"})");
    EXPECT_EQ(changed.status, 400U);
    EXPECT_EQ(faulty(changed), "search");
    // The replacement must fit the pattern that it has then.
    EXPECT_EQ(patch("/transformation-rules/" + made.string("id"), brand_, R"({"search":"^1$","replacement":"\\1"})").status,
              400U);
  }
}

TEST_P(TransformationsTest, SaysHowPeopleDial) {
  const auto filled = post("/transformation-sets", brand_, R"({"name":"A","country":"ES"})");
  ASSERT_EQ(filled.status, 201U) << filled.text;
  EXPECT_EQ(filled.string("callingCode"), "34");
  EXPECT_EQ(post("/transformation-sets", brand_, R"({"name":"B","country":"ES","callingCode":"351"})").string("callingCode"),
            "351");
  for (const char* wrong :
       {R"({"name":"A"})", R"({"name":""})", R"({"name":"C","country":"QQ"})", R"({"name":"C","callingCode":"+34"})",
        R"({"name":"C","internationalPrefix":".*"})", R"({"name":"C","internationalPrefix":"0)("})",
        R"({"name":"C","trunkPrefix":"x"})", R"({"name":"C","areaCode":"x"})", R"({"name":"C","nationalLength":-1})",
        R"({"name":"C","nationalLength":15})", R"({"name":"C","nationalLength":"9"})"})
    EXPECT_EQ(post("/transformation-sets", brand_, wrong).status, 400U) << wrong;
}

TEST_P(TransformationsTest, ASetHasAnEnd) {
  const std::string set = make_spain(), other = make_set({{"name", "Other"}});
  std::string file = "transformationSet,search\r\n";
  for (int i = 0; i < model::transformation_rules_max; ++i) file += set + ",^1\r\n";
  const auto made = post("/transformation-rules/import", brand_, file);
  ASSERT_EQ(made.status, 200U) << made.text;
  EXPECT_EQ(made.body.at("created").as_array().size(), static_cast<std::size_t>(model::transformation_rules_max));
  const auto more = add(set, "^1", "2");
  EXPECT_EQ(more.status, 400U);
  EXPECT_EQ(faulty(more), "transformationSet");
  EXPECT_EQ(add(other, "^1", "2").status, 201U);
  const std::string one(
      get("/transformation-rules?perPage=1&filter[transformationSet]=" + set, brand_).items().at(0).at("id").as_string());
  EXPECT_EQ(patch("/transformation-rules/" + one, brand_, R"({"search":"^2"})").status, 200U);
  EXPECT_EQ(test(set, "caller_in", "3").body.at("steps").as_array().size(), 200U);
  EXPECT_EQ(remove("/transformation-sets/" + set, brand_).status, 204U);
  EXPECT_EQ(rules(other).items().size(), 1U);
}

TEST_P(TransformationsTest, StayWhileSomebodyUsesThem) {
  const std::string set = make_spain();
  ASSERT_EQ(post("/transformation-sets/" + set + "/generate", brand_).status, 200U);
  const std::string customer = "/customers/" + to_base32(login("democompany").customer.value);
  const auto said = patch(customer, brand_, R"({"transformationSet":")" + set + "\"}");
  ASSERT_EQ(said.status, 200U) << said.text;
  // The company cannot see where that leads, and changes what is its own all the same.
  EXPECT_EQ(patch(customer, company_, R"({"timeZone":"Atlantic/Canary"})").status, 200U);
  EXPECT_EQ(patch(customer, company_, R"({"transformationSet":null})").status, 400U);
  const auto kept = remove("/transformation-sets/" + set, brand_);
  EXPECT_EQ(kept.status, 409U);
  EXPECT_EQ(kept.string("code"), "api.in_use");
  EXPECT_EQ(kept.body.at("uses").as_array().size(), 1U);
  EXPECT_EQ(rules(set).items().size(), 8U);
  ASSERT_EQ(patch(customer, brand_, R"({"transformationSet":null})").status, 200U);
  EXPECT_EQ(remove("/transformation-sets/" + set, brand_).status, 204U);
  EXPECT_EQ(rules(set).items().size(), 0U);
}

TEST_P(TransformationsTest, AreNobodyElsesBusiness) {
  const std::string set = make_spain(), other = other_brand(), user = token_of("alice@democompany.com");
  const auto rule = add(set, "^1", "2");
  ASSERT_EQ(rule.status, 201U);
  const std::string body = R"({"direction":"caller_in","number":"1"})", sets = "/transformation-sets/",
                    one = "/transformation-rules/" + rule.string("id");
  for (const std::string& token : {company_, user}) {
    EXPECT_EQ(get("/transformation-sets", token).status, 403U);
    EXPECT_EQ(get("/transformation-rules", token).status, 403U);
    EXPECT_EQ(get(sets + set, token).status, 403U);
    EXPECT_EQ(get(one, token).status, 403U);
    EXPECT_EQ(post("/transformation-sets", token, R"({"name":"x"})").status, 403U);
    EXPECT_EQ(post(sets + set + "/generate", token).status, 403U);
    EXPECT_EQ(post(sets + set + "/test", token, body).status, 403U);
  }
  EXPECT_EQ(get("/transformation-sets", other).items().size(), 0U);
  EXPECT_EQ(get("/transformation-rules", other).items().size(), 0U);
  EXPECT_EQ(get(sets + set, other).status, 404U);
  EXPECT_EQ(get(one, other).status, 404U);
  EXPECT_EQ(patch(one, other, R"({"search":"^2"})").status, 404U);
  EXPECT_EQ(post(sets + set + "/generate", other).status, 404U);
  EXPECT_EQ(post(sets + set + "/test", other, body).status, 404U);
  for (const char* id : {"0000000000000", "!", "zzzzzzzzzzzzzzzz"}) {
    EXPECT_EQ(post(sets + id + "/generate", brand_).status, 404U) << id;
    EXPECT_EQ(post(sets + id + "/test", brand_, body).status, 404U) << id;
  }
  const auto foreign = post("/transformation-rules", other, R"({"search":"^1","transformationSet":")" + set + "\"}");
  EXPECT_EQ(foreign.status, 400U) << foreign.text;
  EXPECT_EQ(faulty(foreign), "transformationSet");
  // The platform may, and what it makes is the brand's.
  EXPECT_EQ(post(sets + set + "/generate", platform_).status, 200U);
  EXPECT_EQ(rules(set).items().size(), 8U);
}

}  // namespace
}  // namespace carillon::api

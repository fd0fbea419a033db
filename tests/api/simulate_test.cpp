// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: imagined calls are asked about in the name of whoever has them, carriers are told to those alone whom they concern, and
// bodies are read strictly.
#include "site.hpp"

namespace carillon::api {
namespace {

class SimulateTest : public testing::Site {
 protected:
  testing::Reply simulate(const std::string& name, const std::string& body, const std::string& headers = {}) {
    live_.explained = {};
    return post("/simulate", token_of(name), body, headers);
  }
  static std::vector<std::string> fields_of(const testing::Reply& reply) {
    std::vector<std::string> fields;
    if (const auto* errors = reply.body.as_object().if_contains("errors"))
      for (const auto& each : errors->as_array()) fields.emplace_back(each.at("field").as_string().c_str());
    return fields;
  }
};

CARILLON_ON_EACH_DATABASE(SimulateTest);

TEST_P(SimulateTest, AsksInTheNameOfTheCaller) {
  const store::Login alice = login("alice@democompany.com");
  const std::string there = fmt::format(R"({{"from":"alice","to":"102","customer":"{}"}})", to_base32(alice.customer.value));
  const std::string here = R"({"from":"alice","to":"102"})";
  const std::tuple<const char*, std::int64_t, std::int64_t, bool, const std::string*> rows[] = {
      {"admin", 0, 0, false, &there},
      {"demobrand", alice.brand.value, 0, false, &there},
      {"democompany", alice.brand.value, 0, true, &here},
      {"democompany", alice.brand.value, 0, true, &there},
      {"alice@democompany.com", alice.brand.value, alice.id, true, &here}};
  for (const auto& [name, brand, asking, hides, body] : rows) {
    const auto reply = simulate(name, *body);
    EXPECT_EQ(reply.status, 200U) << name << reply.text;
    EXPECT_EQ(live_.explained.brand.value, brand) << name;
    EXPECT_EQ(live_.explained.customer, alice.customer) << name;
    EXPECT_EQ(live_.explained.asking.value, asking) << name;
    EXPECT_EQ(live_.explained.hides_routes, hides) << name;
    EXPECT_EQ(live_.explained.from, "alice");
    EXPECT_EQ(live_.explained.to, "102");
    EXPECT_EQ(live_.explained.at, Instant());
  }
  const std::string header = fmt::format("X-Carillon-Customer: {}\r\n", to_base32(alice.customer.value));
  EXPECT_EQ(simulate("admin", here, header).status, 200U);
  EXPECT_EQ(live_.explained.customer, alice.customer);
  EXPECT_EQ(simulate("alice@democompany.com", R"({"to":"102","at":"2026-11-21T10:00:00Z"})").status, 200U);
  EXPECT_EQ(live_.explained.from, to_base32(alice.id));
  EXPECT_EQ(live_.explained.at, *parse_rfc3339("2026-11-21T10:00:00Z"));
}

TEST_P(SimulateTest, TellsWhatSignallingSays) {
  control::CallStory story;
  story.outcome = control::StoryOutcome::on_net;
  story.number = "+34950950950";
  story.ddi = "+34941941941";
  story.carriers.text = "[]";
  story.reasons.text = R"([{"step":"number","text":"950950950"}])";
  live_.story = story;
  const auto reply = simulate("democompany", R"({"from":"alice","to":"950950950"})");
  EXPECT_EQ(reply.status, 200U) << reply.text;
  EXPECT_EQ(reply.string("outcome"), "on_net");
  EXPECT_EQ(reply.string("number"), "+34950950950");
  EXPECT_EQ(reply.body.at("sipCode").as_int64(), 0);
  EXPECT_TRUE(reply.body.at("carriers").as_array().empty());
  EXPECT_EQ(reply.body.at("reasons").at(0).at("step").as_string(), "number");
  live_.story = failure(control::Fault::not_found, "nobody");
  EXPECT_EQ(simulate("democompany", R"({"from":"carol","to":"102"})").string("code"), "api.not_found");
  live_.story = failure(control::Fault::closed, "away");
  EXPECT_EQ(simulate("democompany", R"({"from":"alice","to":"102"})").status, 503U);
}

TEST_P(SimulateTest, CallsOfCarriersAreTheBrandsBusiness) {
  const std::string body = R"({"carrier":"1","from":"+34676676676","to":"+34941941941"})";
  for (const char* name : {"democompany", "alice@democompany.com"})
    EXPECT_EQ(simulate(name, body).string("code"), "api.forbidden") << name;
  for (const char* name : {"admin", "demobrand"}) {
    EXPECT_EQ(simulate(name, body).status, 200U) << name;
    EXPECT_EQ(live_.explained.carrier.value, 1) << name;
    EXPECT_FALSE(live_.explained.customer) << name;
  }
}

TEST_P(SimulateTest, ReadsStrictly) {
  using Fields = std::vector<std::string>;
  const std::tuple<const char*, std::string, Fields> rows[] = {
      {"democompany", "{}", {"to"}},
      {"democompany", R"({"to":"102"})", {"from"}},
      {"admin", R"({"from":"alice","to":"102"})", {"customer"}},
      {"admin", R"({"from":"a","to":"1","carrier":"1","customer":"2"})", {"customer"}},
      {"democompany", R"({"from":"alice","to":"1 2"})", {"to"}},
      {"democompany", R"({"from":"alice","to":"102","at":"noon"})", {"at"}},
      {"democompany", R"({"from":"alice","to":"102","carrier":"!"})", {"carrier"}},
      {"democompany", R"({"from":"al ice","to":"102"})", {"from"}},
      {"democompany", R"({"from":"alice","to":"102","too":"102"})", {"too"}},
      {"democompany", "[]", {}}};
  for (const auto& [name, body, fields] : rows) {
    const auto reply = simulate(name, body);
    EXPECT_EQ(reply.status, 400U) << body << reply.text;
    EXPECT_EQ(fields_of(reply), fields) << body;
    EXPECT_EQ(live_.explained.to, "") << body;
  }
  EXPECT_EQ(simulate("democompany", R"({"from":"alice","to":"102","customer":"9"})").status, 404U);
  EXPECT_EQ(ask({.method = "POST", .path = "/api/v1/simulate", .body = "{}"}).status, 401U);
}

}  // namespace
}  // namespace carillon::api

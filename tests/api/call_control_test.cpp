// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: wishes about calls reach signalling in the name of whoever has them, and are read strictly.
#include "site.hpp"

namespace carillon::api {
namespace {

const std::string call_id = "0123456789abcdef0123456789abcdef";

class CallControlTest : public testing::Site {
 protected:
  testing::Reply post(const std::string& path, const std::string& name, const std::string& body) {
    return ask({.method = "POST", .path = "/api/v1/live/calls" + path, .token = token_of(name), .body = body});
  }
  static std::string on(const std::string& verb) { return "/" + call_id + "/" + verb; }
  static std::string code_of(const testing::Reply& reply) { return reply.string("code"); }
  static std::vector<std::string> fields_of(const testing::Reply& reply) {
    std::vector<std::string> fields;
    if (const auto* errors = reply.body.as_object().if_contains("errors"))
      for (const auto& each : errors->as_array()) fields.emplace_back(each.at("field").as_string().c_str());
    return fields;
  }
};

CARILLON_ON_EACH_DATABASE(CallControlTest);

TEST_P(CallControlTest, AsksInTheNameOfTheCaller) {
  const store::Login alice = login("alice@democompany.com");
  const std::tuple<const char*, std::int64_t, std::int64_t, std::int64_t> rows[] = {
      {"admin", 0, 0, 0},
      {"demobrand", alice.brand.value, 0, 0},
      {"democompany", alice.brand.value, alice.customer.value, 0},
      {"alice@democompany.com", alice.brand.value, alice.customer.value, alice.id}};
  for (const auto& [name, brand, customer, user] : rows) {
    live_.hung_up = {};
    EXPECT_EQ(post(on("hangup"), name, "").status, 200U) << name;
    EXPECT_EQ(to_hex(live_.hung_up.call), call_id);
    EXPECT_EQ(live_.hung_up.brand.value, brand) << name;
    EXPECT_EQ(live_.hung_up.customer.value, customer) << name;
    EXPECT_EQ(live_.hung_up.user.value, user) << name;
    for (const char* verb : {"transfer", "hold", "resume"}) {
      live_.wished = {};
      const std::string body = verb == std::string("transfer") ? R"({"to":"102","leg":"callee"})" : R"({"leg":"callee"})";
      const auto reply = post(on(verb), name, body);
      EXPECT_EQ(reply.status, 200U) << name << verb << reply.text;
      EXPECT_EQ(reply.string("outcome"), "done");
      EXPECT_EQ(live_.wished_verb, verb);
      EXPECT_EQ(to_hex(live_.wished.call), call_id);
      EXPECT_EQ(live_.wished.brand.value, brand) << name;
      EXPECT_EQ(live_.wished.customer.value, customer) << name;
      EXPECT_EQ(live_.wished.user.value, user) << name;
      EXPECT_EQ(live_.wished.leg, control::CallSide::callee);
      EXPECT_EQ(live_.wished.to, verb == std::string("transfer") ? "102" : "");
    }
    live_.originated = {};
    live_.reply.outcome = control::CallOutcome::under_way;
    live_.reply.call = *call_id_from_hex(call_id);
    const auto begun = post("", name, fmt::format(R"({{"user":"{}","to":"102"}})", to_base32(alice.id)));
    EXPECT_EQ(begun.status, 202U) << begun.text;
    EXPECT_EQ(begun.string("call"), call_id);
    EXPECT_EQ(live_.originated.user.value, alice.id);
    EXPECT_EQ(live_.originated.asking.value, user) << name;
    EXPECT_EQ(live_.originated.customer.value, customer) << name;
    EXPECT_FALSE(live_.originated.auto_answer);
    live_.reply = {};
  }
}

TEST_P(CallControlTest, CallsFromTheUsersOwnDevice) {
  const store::Login alice = login("alice@democompany.com");
  live_.reply.outcome = control::CallOutcome::under_way;
  EXPECT_EQ(post("", "alice@democompany.com", R"({"to":"102","autoAnswer":true})").status, 202U);
  EXPECT_EQ(live_.originated.user.value, alice.id);
  EXPECT_TRUE(live_.originated.auto_answer);
  EXPECT_EQ(fields_of(post("", "admin", R"({"to":"102"})")), std::vector<std::string>{"user"});
}

TEST_P(CallControlTest, ReadsStrictly) {
  using Fields = std::vector<std::string>;
  const std::tuple<std::string, std::string, Fields> rows[] = {
      {on("hangup"), R"({"leg":"caller"})", {"leg"}},
      {on("transfer"), "{}", {"to"}},
      {on("transfer"), R"({"to":102})", {"to"}},
      {on("transfer"), R"({"to":""})", {"to"}},
      {on("transfer"), R"({"to":"1 2"})", {"to"}},
      {on("transfer"), R"({"to":"102@elsewhere"})", {"to"}},
      {on("transfer"), "{\"to\":\"" + std::string(65, '1') + "\"}", {"to"}},
      {on("transfer"), R"({"to":"102","leg":"both"})", {"leg"}},
      {on("transfer"), R"({"to":"102","too":"102"})", {"too"}},
      {on("hold"), R"({"leg":1})", {"leg"}},
      {on("hold"), R"({"to":"102"})", {"to"}},
      {"", R"({"user":"!","to":"102"})", {"user"}},
      {"", R"({"user":"1","terminal":"2","to":"102"})", {"terminal"}},
      {"", R"({"terminal":"2","to":"102","autoAnswer":"yes"})", {"autoAnswer"}},
      {on("hold"), "[]", {}},
      {on("hold"), "{", {}}};
  for (const auto& [path, body, fields] : rows) {
    live_.wished_verb.clear();
    const auto reply = post(path, "admin", body);
    EXPECT_EQ(reply.status, 400U) << path << body << reply.text;
    EXPECT_EQ(fields_of(reply), fields) << path << body;
    EXPECT_EQ(live_.wished_verb, "") << path << body;
  }
  EXPECT_EQ(post(on("hold"), "admin", "{\"leg\":\"" + std::string(5000, 'x') + "\"}").status, 413U);
  for (const char* verb : {"hangup", "hold", "resume"})
    EXPECT_EQ(post("/nonsense/" + std::string(verb), "admin", "").status, 404U);
  EXPECT_EQ(ask({.method = "POST", .path = "/api/v1/live/calls" + on("hangup")}).status, 401U);
}

TEST_P(CallControlTest, SaysWhyNot) {
  using control::CallOutcome;
  const std::tuple<CallOutcome, int, unsigned, std::string> rows[] = {{CallOutcome::under_way, 0, 202, ""},
                                                                      {CallOutcome::over, 0, 404, "api.not_found"},
                                                                      {CallOutcome::ringing, 0, 409, "api.call_ringing"},
                                                                      {CallOutcome::changing, 0, 409, "api.call_changing"},
                                                                      {CallOutcome::held, 0, 409, "api.call_held"},
                                                                      {CallOutcome::not_held, 0, 409, "api.call_not_held"},
                                                                      {CallOutcome::refused, 404, 422, "api.no_such_number"},
                                                                      {CallOutcome::refused, 486, 422, "api.call_refused"},
                                                                      {CallOutcome::forbidden, 0, 403, "api.forbidden"},
                                                                      {CallOutcome::offline, 0, 422, "api.device_offline"},
                                                                      {CallOutcome::busy, 0, 503, "api.busy"}};
  for (const auto& [outcome, sip_code, status, code] : rows) {
    live_.reply.outcome = outcome;
    live_.reply.sip_code = sip_code;
    const auto reply = post(on("transfer"), "admin", R"({"to":"102"})");
    EXPECT_EQ(reply.status, status) << code;
    EXPECT_EQ(code_of(reply), code);
  }
  live_.reply.outcome = CallOutcome::over;
  EXPECT_EQ(post(on("hangup"), "admin", "").status, 404U);
}

}  // namespace
}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// Objects are shown as the API promises: names, times, ids and durations in their forms, secrets not at all.
#include "model/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "model/call.hpp"
#include "model/price.hpp"
#include "model/terminal.hpp"

namespace carillon::model {
namespace {

Call sample_call() {
  Call call;
  call.id = {1, 2};
  call.brand = {40};
  call.call_id = "a\"b@host";
  call.started_at = Instant(1'700'000'000'250ms);
  call.answered_at = Instant(1'700'000'001s);
  call.caller = "101";
  call.duration = 12'345ms;
  call.link_reason = LinkReason::transfer;
  call.attempts = attempts_json(std::vector<Attempt>{{.target = "102", .sip_code = 200}});
  call.status = CallStatus::ok;
  call.decisions = "secret reasoning";
  return call;
}

TEST(Json, ShowsACallAsTheContractSays) {
  const boost::json::object json = to_json(sample_call());
  EXPECT_EQ(json.at("id").as_string(), "00000000000000010000000000000002");
  EXPECT_EQ(json.at("callId").as_string(), "a\"b@host");
  EXPECT_EQ(json.at("brand").as_string(), to_base32(40));
  EXPECT_TRUE(json.at("customer").is_null());
  EXPECT_EQ(json.at("startedAt").as_string(), "2023-11-14T22:13:20.250Z");
  EXPECT_TRUE(json.at("endedAt").is_null());
  EXPECT_EQ(json.at("direction").as_string(), "internal");
  EXPECT_EQ(json.at("linkReason").as_string(), "transfer");
  EXPECT_EQ(json.at("status").as_string(), "ok");
  EXPECT_TRUE(json.at("linkedCall").is_null());
  EXPECT_EQ(json.at("attempts").at(0).at("target").as_string(), "102");
  EXPECT_FALSE(json.contains("decisions"));
}

TEST(Json, WritesPlainDecimals) {
  const std::string text = write_json(to_json(sample_call()));
  EXPECT_NE(text.find("\"durationSeconds\":12.345,"), std::string::npos) << text;
  EXPECT_NE(text.find("\"callId\":\"a\\\"b@host\""), std::string::npos) << text;
  EXPECT_EQ(write_json(boost::json::parse(text)), text);
  EXPECT_EQ(write_json({{"a", {1, nullptr, true}}, {"b", boost::json::object()}}), R"({"a":[1,null,true],"b":{}})");
}

TEST(Json, NeverShowsSecrets) {
  Terminal terminal;
  terminal.ha1_md5 = Secret("5f4dcc3b5aa765d61d8327deb882cf99");
  const std::string text = write_json(to_json(terminal));
  EXPECT_EQ(text.find("5f4dcc3b"), std::string::npos);
  EXPECT_EQ(text.find("ha1"), std::string::npos);
}

TEST(Json, WritesAndReadsAmountsExactly) {
  Price price;
  price.connection = {150'000};
  price.per_minute = {1};
  const std::string text = write_json(to_json(price));
  EXPECT_NE(text.find("\"connection\":\"0.15\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"perMinute\":\"0.000001\""), std::string::npos) << text;
  const FieldInfo& field = *resource_of<Price>.find("per_minute");
  EXPECT_EQ(read_json(field, boost::json::value("12.345678"), &price), "");
  EXPECT_EQ(price.per_minute, Money{12'345'678});
  for (const boost::json::value& bad :
       {boost::json::value(0.02), boost::json::value(1), boost::json::value(), boost::json::value("0,02"), boost::json::value(""),
        boost::json::value("0.0000001"), boost::json::value("1e3"), boost::json::value("99999999999999999999")}) {
    EXPECT_NE(read_json(field, bad, &price), "") << write_json(bad);
    EXPECT_EQ(price.per_minute, Money{12'345'678});
  }
}

}  // namespace
}  // namespace carillon::model

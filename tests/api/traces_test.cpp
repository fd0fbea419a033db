// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: administrators get the traces of what they may see, users none; as JSON or as a ladder.
#include "site.hpp"

namespace carillon::api {
namespace {

constexpr std::string_view id = "0123456789abcdef0123456789abcdef";

class TracesTest : public testing::Site {
 protected:
  TracesTest() {
    model::TraceItem invite;
    invite.at = Instant(1'700'000'000'001'000us);
    invite.direction = model::TraceDirection::in;
    invite.leg = 1;
    invite.from = "192.0.2.7:5060";
    invite.to = "192.0.2.1:5060";
    invite.transport = "udp";
    invite.summary = "INVITE sip:102@example.com";
    invite.message = "INVITE sip:102@example.com SIP/2.0\r\nX: \xff\r\n\r\n";
    model::TraceItem reason;
    reason.kind = model::TraceKind::decision;
    reason.summary = "extension 102";
    live_.trace_answer = std::vector{invite, reason};
  }
  testing::Reply trace(const std::string& login, std::string_view call = id, const std::string& headers = {}) {
    return ask({.path = fmt::format("/api/v1/calls/{}/trace", call), .token = token_of(login), .headers = headers});
  }
};

CARILLON_ON_EACH_DATABASE(TracesTest);

TEST_P(TracesTest, AsksForWhatTheCallerMaySee) {
  const store::Login company = login("democompany");
  ASSERT_EQ(trace("admin").status, 200U);
  EXPECT_EQ(live_.traced.call, *call_id_from_hex(id));
  EXPECT_FALSE(live_.traced.brand);
  EXPECT_FALSE(live_.traced.customer);
  EXPECT_FALSE(live_.traced.hides_carriers);
  ASSERT_EQ(trace("demobrand").status, 200U);
  EXPECT_EQ(live_.traced.brand, company.brand);
  EXPECT_FALSE(live_.traced.customer);
  EXPECT_FALSE(live_.traced.hides_carriers);
  ASSERT_EQ(trace("democompany").status, 200U);
  EXPECT_TRUE(live_.traced.hides_carriers);
  EXPECT_EQ(live_.traced.brand, company.brand);
  EXPECT_EQ(live_.traced.customer, company.customer);
  const std::string narrowed = "X-Carillon-Customer: " + to_base32(company.customer.value) + "\r\n";
  ASSERT_EQ(trace("demobrand", id, narrowed).status, 200U);
  EXPECT_FALSE(live_.traced.hides_carriers);
  EXPECT_EQ(live_.traced.brand, company.brand);
  EXPECT_EQ(live_.traced.customer, company.customer);
}

TEST_P(TracesTest, UsersGetNone) {
  live_.traced.call = {};
  const testing::Reply reply = trace("alice@democompany.com");
  EXPECT_EQ(reply.status, 403U);
  EXPECT_EQ(live_.traced.call, CallId());
  EXPECT_EQ(get(fmt::format("/calls/{}/trace", id), "").status, 401U);
}

TEST_P(TracesTest, WhatIsNotKnownIs404) {
  EXPECT_EQ(trace("admin", "nonsense").status, 404U);
  live_.trace_answer = failure(control::Fault::not_found, "nothing");
  EXPECT_EQ(trace("admin").status, 404U);
  live_.trace_answer = failure(control::Fault::closed, "signalling is away");
  EXPECT_EQ(trace("admin").status, 503U);
}

TEST_P(TracesTest, ShowsItems) {
  const testing::Reply reply = trace("democompany");
  ASSERT_EQ(reply.items().size(), 2U);
  const auto& item = reply.items()[0];
  EXPECT_EQ(item.at("at").as_string(), "2023-11-14T22:13:20.001Z");
  EXPECT_EQ(item.at("kind").as_string(), "sip");
  EXPECT_EQ(item.at("direction").as_string(), "in");
  EXPECT_EQ(item.at("leg").as_int64(), 1);
  EXPECT_EQ(item.at("from").as_string(), "192.0.2.7:5060");
  EXPECT_EQ(item.at("summary").as_string(), "INVITE sip:102@example.com");
  EXPECT_TRUE(item.at("message").as_string().starts_with("INVITE sip:102@example.com SIP/2.0\r\n"));
  EXPECT_EQ(reply.items()[1].at("kind").as_string(), "decision");
}

TEST_P(TracesTest, DrawsALadder) {
  testing::Question question{
      .path = fmt::format("/api/v1/calls/{}/trace", id), .token = token_of("democompany"), .headers = "Accept: text/plain\r\n"};
  client_->is_json = false;
  const testing::Reply reply = ask(question);
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(reply.text.contains("22:13:20.001  |-- INVITE sip:102@example.com")) << reply.text;
  EXPECT_TRUE(reply.text.contains("why: extension 102")) << reply.text;
}

}  // namespace
}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: live lists are asked for whom they are meant, the description is true, and everything else is refused in the right words.
#include "control/message.hpp"
#include "site.hpp"

namespace carillon::api {
namespace {

class ServiceTest : public testing::Site {};

CARILLON_ON_EACH_DATABASE(ServiceTest);

TEST_P(ServiceTest, AsksLiveListsForTheCaller) {
  live_.calls_answer = std::vector<control::LiveCall>(2);
  live_.registrations_answer = std::vector<control::LiveRegistration>(1);
  const store::Login alice = login("alice@democompany.com");
  const std::pair<const char*, control::Whose> rows[] = {
      {"admin", {}},
      {"demobrand", {.brand = alice.brand}},
      {"democompany", {.brand = alice.brand, .customer = alice.customer}},
      {"alice@democompany.com", {.brand = alice.brand, .customer = alice.customer, .user = {alice.id}}}};
  for (const auto& [name, whose] : rows) {
    const std::string token = token_of(name);
    for (const auto& [path, total] : {std::pair("/live/calls", 2), std::pair("/live/registrations", 1)}) {
      live_.asked = {};
      const auto reply = get(path, token);
      EXPECT_EQ(reply.status, 200U);
      EXPECT_EQ(reply.body.at("total").as_int64(), total);
      EXPECT_EQ(live_.asked.brand, whose.brand) << name;
      EXPECT_EQ(live_.asked.customer, whose.customer) << name;
      EXPECT_EQ(live_.asked.user, whose.user) << name;
    }
  }
}

TEST_P(ServiceTest, ShowsRegistrationsAtCarriersToWhoseTheyAre) {
  control::LiveCarrierRegistration live;
  live.state = control::CarrierRegistrationState::failed;
  live.last_code = 403;
  live_.carrier_registrations_answer = std::vector{live};
  for (const char* name : {"democompany", "alice@democompany.com"})
    EXPECT_EQ(get("/live/carrier-registrations", token_of(name)).status, 403U) << name;
  for (const char* name : {"admin", "demobrand"}) {
    const auto reply = get("/live/carrier-registrations", token_of(name));
    ASSERT_EQ(reply.status, 200U) << name;
    EXPECT_EQ(reply.items().at(0).at("state"), "failed");
    EXPECT_EQ(reply.items().at(0).at("lastCode"), 403);
  }
  EXPECT_EQ(live_.asked.brand, login("alice@democompany.com").brand);
}

TEST_P(ServiceTest, ShowsAndLiftsBansForThePlatformAlone) {
  for (const char* name : {"demobrand", "democompany", "alice@democompany.com"}) {
    EXPECT_EQ(get("/live/bans", token_of(name)).status, 403U) << name;
    EXPECT_EQ(ask({.method = "DELETE", .path = "/api/v1/live/bans/203.0.113.66", .token = token_of(name)}).status, 403U) << name;
  }
  EXPECT_EQ(live_.lifted, "");
  const std::string token = token_of("admin");
  EXPECT_EQ(get("/live/bans", token).body.at("total").as_int64(), 1);
  EXPECT_EQ(ask({.method = "DELETE", .path = "/api/v1/live/bans/203.0.113.66", .token = token}).status, 200U);
  EXPECT_EQ(ask({.method = "DELETE", .path = "/api/v1/live/bans/203.0.113.67", .token = token}).status, 404U);
}

TEST_P(ServiceTest, SaysWhenSignallingIsAway) {
  live_.calls_answer = failure(control::Fault::closed, "away");
  const auto reply = get("/live/calls", token_of("admin"));
  EXPECT_EQ(reply.status, 503U);
  EXPECT_EQ(reply.headers.at("content-type"), "application/problem+json");
  EXPECT_TRUE(reply.headers.contains("retry-after"));
}

TEST_P(ServiceTest, DescribesExactlyWhatThereIs) {
  const auto reply = get("/openapi.json", "");
  ASSERT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.string("openapi"), "3.1.0");
  const std::string token = token_of("admin");
  for (const auto& [path, operations] : reply.body.at("paths").as_object()) {
    for (const auto& [method, operation] : operations.as_object()) {
      std::string real = std::string(path);
      if (path == "/live/events") continue;  // Without end.
      const bool has_hole = real.contains("{id}");
      if (has_hole) real.replace(real.find("{id}"), 4, std::string(32, '0'));
      std::string verb(method);
      for (char& letter : verb) letter = static_cast<char>(letter - 'a' + 'A');
      if (path == "/auth/logout") continue;  // The token is needed for the others.
      const auto answer = ask({.method = verb, .path = "/api/v1" + real, .token = token});
      EXPECT_NE(answer.status, 405U) << real;
      if (!has_hole) EXPECT_NE(answer.status, 404U) << real;
    }
  }
  const auto& schemas = reply.body.at("components").at("schemas").as_object();
  EXPECT_TRUE(schemas.at("Call").at("properties").as_object().contains("durationSeconds"));
  EXPECT_FALSE(schemas.at("Call").at("properties").as_object().contains("decisions"));
}

TEST_P(ServiceTest, RefusesWhatThereIsNot) {
  const std::string token = token_of("admin");
  for (const char* path :
       {"/", "/api/v1", "/api/v1/", "/api/v1/dragons", "/api/v1/calls/", "/api/v1/calls/1/2", "/api/v2/calls"}) {
    EXPECT_EQ(ask({.path = path, .token = token}).status, 404U) << path;
  }
  const auto reply = ask({.method = "DELETE", .path = "/api/v1/calls", .token = token});
  EXPECT_EQ(reply.status, 405U);
  EXPECT_EQ(reply.headers.at("allow"), "GET");
}

}  // namespace
}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what a webhook's owner writes is understood or named, field by field.
#include "model/webhook.hpp"

#include <gtest/gtest.h>

namespace carillon::model {
namespace {

TEST(Webhook, WantsEventsByNameAndFamily) {
  EXPECT_TRUE(wants_event("call.ended", "call.ended"));
  EXPECT_TRUE(wants_event("job.done call.ended", "call.ended"));
  EXPECT_TRUE(wants_event("call.*", "call.ended"));
  EXPECT_TRUE(wants_event("*", "call.ended"));
  for (const std::string_view events : {"", "call", "call.", "call.ende", "calls.*", "ended", "CALL.ENDED"}) {
    EXPECT_FALSE(wants_event(events, "call.ended")) << events;
  }
}

TEST(Webhook, NamesFieldsAtFault) {
  Webhook webhook;
  webhook.url = "https://hooks.example/";
  webhook.events = "call.ended webhook.*";
  webhook.secret = Secret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
  EXPECT_TRUE(check_webhook(webhook).empty());
  const auto fault = [](const Webhook& changed) {
    const auto faults = check_webhook(changed);
    return faults.size() == 1 ? faults.front().field : std::to_string(faults.size());
  };
  for (const std::string url : {"ftp://hooks.example/", "hooks.example", ""}) {
    Webhook changed = webhook;
    changed.url = url;
    EXPECT_EQ(fault(changed), "url") << url;
  }
  for (const std::string events : {"", " ", "call ended!", ".call", "call.", "call..ended", "call.*.x", "Call.ended"}) {
    Webhook changed = webhook;
    changed.events = events;
    EXPECT_EQ(fault(changed), "events") << events;
  }
  for (const std::string secret :
       {"", "whsec_", "hunter2", "whsec_c2hvcnQ=", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}) {
    Webhook changed = webhook;
    changed.secret = Secret(secret);
    EXPECT_EQ(fault(changed), "secret") << secret;
  }
}

}  // namespace
}  // namespace carillon::model

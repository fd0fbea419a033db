// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whoever administers a webhook tries it, repeats what it was told and gives it a new secret; nobody else finds it.
#include "model/webhook.hpp"

#include "model/webhook_delivery.hpp"
#include "site.hpp"
#include "store/edit.hpp"

namespace carillon::api {
namespace {

class WebhooksTest : public testing::Site {
 protected:
  WebhooksTest() : company_(login("democompany")) {
    hook_ = add({company_.brand, company_.customer});
    foreign_ = add({company_.brand, {}});
  }

  std::string add(const store::Scope& scope) {
    auto edit = store::Edit::begin(*database_, scope, system_wall_time());
    model::Webhook webhook;
    webhook.url = "https://hooks.example/";
    webhook.events = "call.ended";
    webhook.secret = Secret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    EXPECT_TRUE(edit && edit->insert(webhook) && edit->commit());
    return to_base32(webhook.id.value);
  }
  std::vector<model::WebhookDelivery> deliveries() { return store::list_all<model::WebhookDelivery>(*database_, {}).value(); }

  store::Login company_;
  std::string hook_, foreign_;
};

CARILLON_ON_EACH_DATABASE(WebhooksTest);

TEST_P(WebhooksTest, AreTriedAndRepeated) {
  const std::string token = token_of("democompany");
  const testing::Reply tried = post("/webhooks/" + hook_ + "/test", token);
  ASSERT_EQ(tried.status, 200U) << tried.text;
  EXPECT_EQ(tried.string("type"), "webhook.test");
  EXPECT_EQ(tried.string("status"), "pending");
  const testing::Reply repeated = post("/webhook-deliveries/" + tried.string("id") + "/replay", token);
  ASSERT_EQ(repeated.status, 200U) << repeated.text;
  EXPECT_NE(repeated.string("id"), tried.string("id"));
  EXPECT_EQ(repeated.string("event"), tried.string("event"));
  const auto stored = deliveries();
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored[0].body.text, stored[1].body.text);
  EXPECT_EQ(stored[0].customer, company_.customer);
}

TEST_P(WebhooksTest, OfOthersAreNotFound) {
  const testing::Reply own = post("/webhooks/" + foreign_ + "/test", token_of("demobrand"));
  ASSERT_EQ(own.status, 200U) << own.text;
  const std::string company = token_of("democompany"), alice = token_of("alice@democompany.com");
  for (const std::string& path : {"/webhooks/" + foreign_ + "/test", "/webhooks/" + foreign_ + "/rotate-secret",
                                  "/webhook-deliveries/" + own.string("id") + "/replay", std::string("/webhooks/0000/test"),
                                  std::string("/webhooks/!/test")}) {
    EXPECT_EQ(post(path, company).status, 404U) << path;
    EXPECT_EQ(post(path, alice).status, 403U) << path;
    EXPECT_EQ(post(path, "").status, 401U) << path;
  }
  EXPECT_EQ(deliveries().size(), 1U);
}

TEST_P(WebhooksTest, GetANewSecretThatIsShownOnce) {
  const std::string token = token_of("democompany");
  const testing::Reply rotated = post("/webhooks/" + hook_ + "/rotate-secret", token);
  ASSERT_EQ(rotated.status, 200U) << rotated.text;
  const auto webhook = store::find<model::Webhook>(*database_, {}, hook_);
  ASSERT_TRUE(webhook);
  EXPECT_EQ(webhook->secret.reveal(), rotated.string("secret"));
  EXPECT_EQ(webhook->previous_secret.reveal(), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
  EXPECT_GT(webhook->previous_secret_until, system_wall_time() + 23h);
}

TEST_P(WebhooksTest, ThatAreNotActiveAreSentNothing) {
  ASSERT_TRUE(database_->execute("UPDATE webhooks SET active = 0"));
  EXPECT_EQ(post("/webhooks/" + hook_ + "/test", token_of("democompany")).status, 400U);
  EXPECT_TRUE(deliveries().empty());
}

}  // namespace
}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: receivers that keep to Standard Webhooks accept what is signed here, and retries come when its schedule says.
#include "outbound/webhook_signature.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "outbound/retry_schedule.hpp"

namespace carillon::outbound {
namespace {

TEST(Base64, HasTheVectorsOfTheRfc) {
  // RFC 4648 §10
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  for (const std::string_view text : {"Z", "Zg=", "Zg", "====", "Z===", "Zm=v", "Zm9v ", "Zm9\n", "Zm-_", "=Zm9"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

TEST(WebhookSignature, SignsIdTimeAndBody) {
  // Worked out with Python's hmac from the same words.
  const Secret secret("whsec_" + to_base64("0123456789abcdef0123456789abcdef"));
  EXPECT_EQ(sign_webhook(secret, "evt_1", 1'750'000'000, R"({"type":"test"})"),
            "v1,SSxi7DA4rXJrUyeFnT4GBoHlaQK5sehvDwulkcQcQ1Y=");
}

TEST(WebhookSignature, KnowsSecrets) {
  const Secret made = make_webhook_secret();
  EXPECT_TRUE(is_webhook_secret(made.reveal()));
  EXPECT_NE(made.reveal(), make_webhook_secret().reveal());
  EXPECT_TRUE(is_webhook_secret("whsec_" + to_base64(std::string(24, 'x'))));
  EXPECT_TRUE(is_webhook_secret("whsec_" + to_base64(std::string(64, 'x'))));
  for (const std::string& text :
       {std::string(), std::string("whsec_"), "whsec_" + to_base64(std::string(23, 'x')),
        "whsec_" + to_base64(std::string(65, 'x')), to_base64(std::string(32, 'x')), "whsec_" + std::string(44, '!')}) {
    EXPECT_FALSE(is_webhook_secret(text)) << text;
    EXPECT_FALSE(sign_webhook(Secret(text), "a", 1, "b"));
  }
}

TEST(RetrySchedule, IsThatOfTheSpecification) {
  const Duration waits[] = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  for (int failed = 1; failed <= 9; ++failed) {
    const Duration wait = waits[failed - 1];
    EXPECT_EQ(webhook_retry_after(failed, 0), wait);
    EXPECT_GT(*webhook_retry_after(failed, 999), wait);
    EXPECT_LE(*webhook_retry_after(failed, 999), wait + wait / 10);
  }
  EXPECT_FALSE(webhook_retry_after(10, 0));
  EXPECT_FALSE(webhook_retry_after(0, 0));
}

}  // namespace
}  // namespace carillon::outbound

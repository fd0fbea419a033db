// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: every answer of a receiver means what Standard Webhooks says, and nothing is given up while anything else arrives.
#include "roles/jobs/webhook_verdict.hpp"

#include <gtest/gtest.h>

namespace carillon::roles {
namespace {

using model::DeliveryStatus;

constexpr Instant now{std::chrono::seconds(1'750'000'000)};

struct Attempt {
  model::Webhook webhook;
  model::WebhookDelivery delivery;
  store::Standing standing;

  explicit Attempt(std::int64_t made = 0) {
    delivery.attempts = made;
    delivery.created_at = now - 1h;
  }
  store::Tried ends(const WebhookOutcome& outcome) { return judge_attempt(webhook, delivery, outcome, now, 0, standing); }
};

WebhookOutcome status(unsigned number, std::optional<std::chrono::seconds> retry_after = {}) {
  return {.status = number, .retry_after = retry_after, .error = {}};
}

TEST(WebhookVerdict, TwoHundredsAloneAreSuccess) {
  for (const unsigned number : {200U, 201U, 202U, 204U, 299U}) {
    Attempt attempt;
    EXPECT_EQ(attempt.ends(status(number)).status, DeliveryStatus::delivered) << number;
    EXPECT_TRUE(attempt.standing.has_succeeded && !attempt.standing.has_failed);
  }
  for (const unsigned number : {100U, 199U, 300U, 301U, 302U, 307U, 308U, 400U, 401U, 404U, 500U, 503U}) {
    Attempt attempt;
    const auto tried = attempt.ends(status(number));
    EXPECT_EQ(tried.status, DeliveryStatus::pending) << number;
    EXPECT_EQ(tried.next_try_at, now + 5s) << number;
    EXPECT_EQ(tried.http_status, number);
    EXPECT_FALSE(tried.error.empty());
    EXPECT_TRUE(attempt.standing.has_failed && !attempt.standing.pause_until && !attempt.standing.disable_for);
  }
}

TEST(WebhookVerdict, FollowsTheScheduleToItsEnd) {
  const Duration waits[] = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  for (std::int64_t made = 0; made < 9; ++made) {
    Attempt attempt(made);
    EXPECT_EQ(attempt.ends(status(500)).next_try_at, now + waits[made]) << made;
  }
  Attempt last(9);
  EXPECT_EQ(last.ends(status(500)).status, DeliveryStatus::failed);
  EXPECT_TRUE(last.standing.disable_for);
}

TEST(WebhookVerdict, GivesUpOneDeliveryWhileOthersArrive) {
  Attempt attempt(9);
  attempt.webhook.delivered_at = now - 1min;
  EXPECT_EQ(attempt.ends(status(500)).status, DeliveryStatus::failed);
  EXPECT_FALSE(attempt.standing.disable_for);
  Attempt second(9);
  second.standing.has_succeeded = true;
  EXPECT_EQ(second.ends(status(500)).status, DeliveryStatus::failed);
  EXPECT_FALSE(second.standing.disable_for);
  Attempt old(9);
  old.webhook.delivered_at = old.delivery.created_at - 1s;
  (void)old.ends(status(500));
  EXPECT_TRUE(old.standing.disable_for);
}

TEST(WebhookVerdict, GoneIsGoneAtOnce) {
  Attempt attempt;
  attempt.webhook.delivered_at = now;
  EXPECT_EQ(attempt.ends(status(410)).status, DeliveryStatus::failed);
  EXPECT_TRUE(attempt.standing.disable_for);
}

TEST(WebhookVerdict, PausesWhoAsksForIt) {
  for (const unsigned number : {429U, 502U, 504U}) {
    Attempt attempt;
    EXPECT_EQ(attempt.ends(status(number)).next_try_at, now + 60s) << number;
    EXPECT_EQ(attempt.standing.pause_until, now + 60s);
  }
  Attempt named;
  EXPECT_EQ(named.ends(status(503, 120s)).next_try_at, now + 120s);
  EXPECT_EQ(named.standing.pause_until, now + 120s);
  Attempt brief(3);
  EXPECT_EQ(brief.ends(status(429, 1s)).next_try_at, now + 2h);
  EXPECT_EQ(brief.standing.pause_until, now + 1s);
  Attempt endless;
  EXPECT_EQ(endless.ends(status(429, std::chrono::seconds(1'000'000'000))).next_try_at, now + 24h);
}

TEST(WebhookVerdict, SaysWhyThereWasNoAnswer) {
  Attempt attempt;
  const auto tried = attempt.ends({.retry_after = {}, .error = "outbound.too_slow: x"});
  EXPECT_EQ(tried.error, "outbound.too_slow: x");
  EXPECT_EQ(tried.http_status, 0);
  EXPECT_EQ(tried.next_try_at, now + 5s);
  EXPECT_EQ(attempt.standing.pause_until, now + 5s);
}

}  // namespace
}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/jobs/webhook_verdict.hpp"

#include "outbound/retry_schedule.hpp"

namespace carillon::roles {
namespace {

constexpr Duration pause_unasked = 60s;        ///< After 429, 502 and 504 that do not say how long.
constexpr Duration pause_longest = 24h;        ///< Whatever was asked for.
constexpr Duration pause_without_answer = 5s;  ///< So that a host that is down does not keep a thread busy.

std::optional<Duration> pause_for(const WebhookOutcome& outcome) {
  if (outcome.status == 0) return pause_without_answer;
  const bool is_overload = outcome.status == 429 || outcome.status == 502 || outcome.status == 504;
  if (outcome.retry_after) return std::min<Duration>(*outcome.retry_after, pause_longest);
  if (is_overload) return pause_unasked;
  return std::nullopt;
}

}  // namespace

store::Tried judge_attempt(const model::Webhook& webhook, const model::WebhookDelivery& delivery, const WebhookOutcome& outcome,
                           Instant now, std::uint64_t random, store::Standing& standing) {
  store::Tried tried{.delivery = delivery.id, .next_try_at = {}, .http_status = outcome.status, .error = {}};
  const bool is_success = outcome.status >= 200 && outcome.status < 300;
  standing.has_failed = !is_success;
  if (is_success) {
    standing.has_succeeded = true;
    tried.status = model::DeliveryStatus::delivered;
    return tried;
  }
  tried.error = outcome.status == 0 ? outcome.error : fmt::format("the answer was {}", outcome.status);
  if (const auto pause = pause_for(outcome)) standing.pause_until = now + *pause;
  const auto wait = outbound::webhook_retry_after(static_cast<int>(delivery.attempts) + 1, random);
  constexpr unsigned gone = 410;
  if (wait && outcome.status != gone) {
    tried.next_try_at = std::max(now + *wait, standing.pause_until.value_or(Instant{}));
    return tried;
  }
  tried.status = model::DeliveryStatus::failed;
  if (outcome.status == gone)
    standing.disable_for = "the receiver answered 410: it is gone";
  else if (!standing.has_succeeded && webhook.delivered_at < delivery.created_at)
    standing.disable_for =
        fmt::format("nothing could be delivered in {} attempts over three days: {}", outbound::webhook_attempts_max, tried.error);
  return tried;
}

}  // namespace carillon::roles

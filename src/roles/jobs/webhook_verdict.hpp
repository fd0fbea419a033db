// SPDX-License-Identifier: GPL-3.0-or-later
// What an attempt at a webhook means for the delivery and for the webhook (Standard Webhooks 1.0, "Deliverability and
// reliability").
#pragma once

#include <optional>
#include <string>

#include "store/delivery_queue.hpp"

namespace carillon::roles {

/// How an attempt ended.
struct WebhookOutcome {
  unsigned status = 0;                              ///< Of HTTP; 0 when there was no answer.
  std::optional<std::chrono::seconds> retry_after;  ///< What it asked for.
  std::string error;                                ///< Why there was no answer.
};

/// Adds what became of the delivery to `standing` and returns it. Only 2xx is success; 410 switches the webhook off, and so does
/// the last attempt of the schedule when nothing was taken since the event happened; 429, 502, 504 and Retry-After make a pause
/// for the whole webhook. `random` spreads the next attempts.
store::Tried judge_attempt(const model::Webhook& webhook, const model::WebhookDelivery& delivery, const WebhookOutcome& outcome,
                           Instant now, std::uint64_t random, store::Standing& standing);

}  // namespace carillon::roles

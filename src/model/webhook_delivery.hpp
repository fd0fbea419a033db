// SPDX-License-Identifier: GPL-3.0-or-later
// One event on its way to one webhook, and afterwards the log of how that went.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class DeliveryStatus : std::uint8_t {
  pending,    ///< To be tried, at next_try_at.
  delivered,  ///< Taken.
  failed      ///< Given up.
};
inline constexpr std::string_view delivery_status_names[] = {"pending", "delivered", "failed"};
constexpr std::span<const std::string_view> choices(DeliveryStatus) {
  return delivery_status_names;
}

/// Written by the platform alone; kept for a month.
struct WebhookDelivery {
  RESOURCE(WebhookDelivery, webhook_deliveries)
  static constexpr Access access{.is_record = true, .feature = Feature::webhooks, .by_time = "created_at"};
  FIELD(Id<WebhookDelivery>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .read_only = true)
  FIELD(Id<Webhook>, webhook, .required = true, .read_only = true)
  FIELD(Text, event, .required = true, .read_only = true)  // Its id, the same in each attempt and for each webhook.
  FIELD(Text, type, .required = true, .read_only = true)   // call.ended
  FIELD(Json, body, .read_only = true, .max = 20'000)      // As sent.
  FIELD(DeliveryStatus, status, .read_only = true)
  FIELD(Integer, attempts, .read_only = true)  // Made so far.
  FIELD(Instant, next_try_at, .read_only = true)
  FIELD(Integer, http_status, .read_only = true)  // Of the last answer; 0 when there was none.
  FIELD(Text, error, .read_only = true)           // Why the last attempt failed; empty when it did not.
  FIELD(Instant, created_at, .read_only = true)
  FIELD(Instant, tried_at, .read_only = true)  // The last attempt.
};

}  // namespace carillon::model

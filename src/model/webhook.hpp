// SPDX-License-Identifier: GPL-3.0-or-later
// Where a tenant's own program wants to be told what happened (Standard Webhooks 1.0).
#pragma once

#include <vector>

#include "model/entities.hpp"
#include "model/field.hpp"
#include "model/validate.hpp"

namespace carillon::model {

/// Without a customer it is the brand's, and told of all its customers.
struct Webhook {
  RESOURCE(Webhook, webhooks)
  static constexpr Access access{.feature = Feature::webhooks};
  FIELD(Id<Webhook>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .read_only = true)
  FIELD(Text, url, .required = true, .title = true, .max = 2000)
  FIELD(Text, events, .required = true, .max = 500)  // Types with a space between two: "call.ended webhook.*"; "*" is all.
  FIELD(Secret, secret, .required = true, .read_only = true)  // whsec_ and the base64 of 24 to 64 bytes.
  FIELD(Secret, previous_secret, .read_only = true)           // Signs too, until:
  FIELD(Instant, previous_secret_until, .read_only = true)
  FIELD(Boolean, active, .initial = true)  // Nothing is sent while it is not; what happens meanwhile is not kept for it.
  FIELD(Text, description, .max = 190)
  FIELD(Text, notify_email, .form = Form::email, .max = 190)  // Who is told when the platform switches it off.
  FIELD(Instant, failing_since, .read_only = true)            // The first of the failures that no success followed.
  FIELD(Instant, delivered_at, .read_only = true)             // The last success.
  FIELD(Instant, throttled_until, .read_only = true)          // It asked for a pause.
  FIELD(Instant, disabled_at, .read_only = true)              // When the platform switched it off; none once it works again.
};

/// Whether a webhook whose `events` these are is told of this type: "call.ended", "call.*" and "*" mean call.ended.
bool wants_event(std::string_view events, std::string_view type);

/// What the fields' own rules do not say: the URL's scheme, the shape of each event and of the secret.
std::vector<FieldFault> check_webhook(const Webhook& webhook);

}  // namespace carillon::model

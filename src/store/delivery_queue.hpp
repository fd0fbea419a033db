// SPDX-License-Identifier: GPL-3.0-or-later
// The table of deliveries as its sender works it off. Several senders may share it: what one has claimed no other sends.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/webhook.hpp"
#include "model/webhook_delivery.hpp"
#include "store/database.hpp"

namespace carillon::store {

/// A webhook that has something to be sent now.
struct DueWebhook {
  Id<model::Webhook> id;
  bool is_failing = false;
};
/// Active webhooks with deliveries that are due, by id, from behind `after` on; none that asked for a pause.
Result<std::vector<DueWebhook>> due_webhooks(Database& database, Id<model::Webhook> after, Instant now, std::int64_t limit);

struct Claim {
  model::Webhook webhook;
  std::vector<model::WebhookDelivery> deliveries;  ///< As they were, oldest first; may be none.
};
/// Takes up to `most` due deliveries of a webhook: they are due again at `until`, should nobody say what became of them.
/// `not_found` when the webhook is gone.
Result<Claim> claim_deliveries(Database& database, Id<model::Webhook> webhook, Instant now, Instant until, std::int64_t most);

/// What became of one claimed delivery.
struct Tried {
  Id<model::WebhookDelivery> delivery;
  bool was_tried = true;  ///< Else it is due as before, at next_try_at.
  model::DeliveryStatus status = model::DeliveryStatus::pending;
  Instant next_try_at;
  std::int64_t http_status = 0;
  std::string error;
};

/// What the attempts say about the webhook.
struct Standing {
  bool has_succeeded = false;
  bool has_failed = false;  ///< The last attempt.
  std::optional<Instant> pause_until;
  std::optional<std::string> disable_for;  ///< It is switched off, and this is why.
};

/// Writes what was tried, in one transaction. True when the webhook was switched off just now: then its neighbours that want
/// `webhook.disabled` are told.
Result<bool> note_attempts(Database& database, const model::Webhook& webhook, std::span<const Tried> tried,
                           const Standing& standing, Instant now);

/// Removes deliveries from before `oldest`, and of each webhook those beyond its newest `most`: one transaction's worth. True
/// when there may be more.
Result<bool> prune_deliveries(Database& database, Instant oldest, std::int64_t most);

}  // namespace carillon::store

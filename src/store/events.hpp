// SPDX-License-Identifier: GPL-3.0-or-later
// What happened, told to the webhooks that want to know: rows that the jobs process delivers. They are written in the transaction
// of what they tell of, so that neither is ever there without the other.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "model/webhook_delivery.hpp"
#include "store/table.hpp"

namespace carillon::store {

constexpr std::size_t event_bytes_max = 20'000;  ///< Of the body.

struct Event {
  std::string type;          ///< "call.ended"
  boost::json::object data;  ///< As the API shows the thing; no secrets.
  Instant at;                ///< When it happened.
  std::string id = {};       ///< Receivers know repetitions by it; empty: a new one.
};

/// Notes an event for every active webhook of its customer and brand that wants its type; returns for how many. `whose`: where it
/// happened; without a customer it is the brand's own business. The database works for the platform (confine({})), since the
/// brand's webhooks hear of its customers' events. In the transaction that is open, if one is. `invalid`: the body is too long.
Result<int> enqueue_event(Database& database, const Scope& whose, const Event& event, Instant now);

/// The same for many events of one transaction, at the cost of one look when there is no webhook at all.
class EventWriter {
 public:
  /// `make` is called when somebody wants the type.
  Result<int> enqueue(Database& database, const Scope& whose, std::string_view type, Instant now,
                      const std::function<Event()>& make);

 private:
  struct Listener {
    Id<model::Webhook> webhook;
    Scope owner;
    std::string events;
  };
  Result<const std::vector<Listener>*> listeners(Database& database, const Scope& whose);

  std::optional<bool> has_any_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<Listener>> listeners_;  ///< By brand and customer.
};

/// Sends one webhook a `webhook.test`, whatever its events are. `not_found`; `bad_query` when it is not active.
Result<model::WebhookDelivery> enqueue_test(Database& database, const Scope& scope, Id<model::Webhook> webhook, Instant now);

/// Sends again what a delivery of this scope told, with the same event id. `not_found`; `bad_query` when its webhook is not
/// active.
Result<model::WebhookDelivery> replay_delivery(Database& database, const Scope& scope, Id<model::WebhookDelivery> delivery,
                                               Instant now);

/// Gives a webhook another secret; what was its secret signs beside it until then. `not_found`.
Result<> rotate_webhook_secret(Database& database, const Scope& scope, Id<model::Webhook> webhook, const Secret& secret,
                               Instant old_until);

}  // namespace carillon::store

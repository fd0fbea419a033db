// SPDX-License-Identifier: GPL-3.0-or-later
// From an event to the rows of its deliveries.
#include "store/events.hpp"

#include "model/json.hpp"
#include "model/webhook.hpp"

namespace carillon::store {
namespace {

/// What Standard Webhooks says a body should be.
std::string body_of(const Event& event) {
  return model::write_json(boost::json::object{{"type", event.type}, {"timestamp", to_rfc3339(event.at)}, {"data", event.data}});
}

model::WebhookDelivery delivery_of(Id<model::Webhook> webhook, const Scope& owner, Instant now) {
  model::WebhookDelivery delivery;
  delivery.brand = owner.brand;
  delivery.customer = owner.customer;
  delivery.webhook = webhook;
  delivery.next_try_at = now;
  delivery.created_at = now;
  return delivery;
}

std::string fresh_event_id(Instant now) {
  return "evt_" + to_hex(make_call_id(now));
}

/// Gives it an id that no other has.
Result<> insert(Database& database, model::WebhookDelivery& delivery, Instant now) {
  CARILLON_TRY(inserter, Inserter::prepare(database, model::resource_of<model::WebhookDelivery>, true));
  do {
    delivery.id = {make_entity_id(now)};
    CARILLON_CHECK(inserter.insert(delivery));
  } while (database.changed_rows() == 0);
  return {};
}

Result<model::Webhook> find_active(Database& database, const Scope& scope, Id<model::Webhook> id) {
  CARILLON_TRY(webhook, find<model::Webhook>(database, scope, id));
  if (!webhook.active) return failure(Fault::bad_query, "The webhook is not active: nothing is sent to it.");
  return std::move(webhook);
}

}  // namespace

Result<const std::vector<EventWriter::Listener>*> EventWriter::listeners(Database& database, const Scope& whose) {
  if (!has_any_) {
    CARILLON_TRY(any, database.prepare("SELECT 1 FROM webhooks WHERE active = 1 LIMIT 1"));
    CARILLON_TRY(is_there, any->step());
    has_any_ = is_there;
  }
  static const std::vector<Listener> nobody;
  if (!*has_any_) return &nobody;
  const auto [place, is_new] = listeners_.try_emplace({whose.brand.value, whose.customer.value});
  if (!is_new) return &place->second;
  CARILLON_TRY(wanted, database.prepare("SELECT id, brand, customer, events FROM webhooks WHERE active = 1 AND brand = ? "
                                        "AND (customer IS NULL OR customer = ?) "
                                        "AND EXISTS (SELECT 1 FROM brands WHERE brands.id = webhooks.brand AND "
                                        "' ' || features || ' ' LIKE '% webhooks %') AND (customer IS NULL OR EXISTS "
                                        "(SELECT 1 FROM customers WHERE customers.id = webhooks.customer AND "
                                        "' ' || features || ' ' LIKE '% webhooks %')) ORDER BY id"));
  wanted->bind(1, whose.brand.value);
  wanted->bind(2, whose.customer.value);
  while (true) {
    CARILLON_TRY(more, wanted->step());
    if (!more) return &place->second;
    place->second.push_back({.webhook = {wanted->integer(0)},
                             .owner = {{wanted->integer(1)}, {wanted->integer(2)}},
                             .events = std::string(wanted->text(3))});
  }
}

Result<int> EventWriter::enqueue(Database& database, const Scope& whose, std::string_view type, Instant now,
                                 const std::function<Event()>& make) {
  CARILLON_TRY(found, listeners(database, whose));
  std::optional<Event> event;
  std::string body;
  int count = 0;
  for (const Listener& listener : *found) {
    if (!model::wants_event(listener.events, type)) continue;
    if (!event) {
      event = make();
      if (event->id.empty()) event->id = fresh_event_id(now);
      body = body_of(*event);
      if (body.size() > event_bytes_max) return failure(Fault::invalid, "the body of an event is too long");
    }
    model::WebhookDelivery delivery = delivery_of(listener.webhook, listener.owner, now);
    delivery.event = event->id;
    delivery.type = event->type;
    delivery.body.text = body;
    CARILLON_CHECK(insert(database, delivery, now));
    ++count;
  }
  return count;
}

Result<int> enqueue_event(Database& database, const Scope& whose, const Event& event, Instant now) {
  EventWriter writer;
  return writer.enqueue(database, whose, event.type, now, [&] { return event; });
}

Result<model::WebhookDelivery> enqueue_test(Database& database, const Scope& scope, Id<model::Webhook> id, Instant now) {
  CARILLON_TRY(webhook, find_active(database, scope, id));
  const Event test{.type = "webhook.test", .data = {{"webhook", to_base32(id.value)}}, .at = now, .id = fresh_event_id(now)};
  model::WebhookDelivery delivery = delivery_of(id, {webhook.brand, webhook.customer}, now);
  delivery.event = test.id;
  delivery.type = test.type;
  delivery.body.text = body_of(test);
  CARILLON_CHECK(insert(database, delivery, now));
  return delivery;
}

Result<model::WebhookDelivery> replay_delivery(Database& database, const Scope& scope, Id<model::WebhookDelivery> id,
                                               Instant now) {
  CARILLON_TRY(old, find<model::WebhookDelivery>(database, scope, id));
  CARILLON_TRY(webhook, find_active(database, scope, old.webhook));
  model::WebhookDelivery delivery = delivery_of(webhook.id, {webhook.brand, webhook.customer}, now);
  delivery.event = old.event;
  delivery.type = old.type;
  delivery.body = old.body;
  CARILLON_CHECK(insert(database, delivery, now));
  return delivery;
}

Result<> rotate_webhook_secret(Database& database, const Scope& scope, Id<model::Webhook> id, const Secret& secret,
                               Instant old_until) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_TRY(webhook, find<model::Webhook>(database, scope, id));
  CARILLON_TRY(statement, database.prepare("UPDATE webhooks SET previous_secret = secret, previous_secret_until = ?, secret = ? "
                                           "WHERE id = ?"));
  statement->bind_instant(1, old_until);
  statement->bind(2, secret.reveal());
  statement->bind(3, webhook.id.value);
  CARILLON_CHECK(statement->run());
  return transaction.commit();
}

}  // namespace carillon::store

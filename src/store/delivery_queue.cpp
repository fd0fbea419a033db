// SPDX-License-Identifier: GPL-3.0-or-later
// A claim is a time in the future: whoever finds the time unchanged and sets it has the delivery.
#include "store/delivery_queue.hpp"

#include "store/events.hpp"

namespace carillon::store {
namespace {

constexpr std::int64_t prune_rows = 500;

/// Due deliveries of a webhook, oldest first. They have no query of table.hpp's, which knows no two conditions on a time.
Result<std::vector<model::WebhookDelivery>> due_deliveries(Database& database, Id<model::Webhook> webhook, Instant now,
                                                           std::int64_t most) {
  CARILLON_TRY(statement, database.prepare("SELECT id FROM webhook_deliveries WHERE webhook = ? AND status = 'pending' "
                                           "AND next_try_at <= ? ORDER BY next_try_at, id LIMIT ?"));
  statement->bind(1, webhook.value);
  statement->bind_instant(2, now);
  statement->bind(3, most);
  std::vector<Id<model::WebhookDelivery>> ids;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) break;
    ids.push_back({statement->integer(0)});
  }
  std::vector<model::WebhookDelivery> deliveries;
  for (const auto id : ids) {
    CARILLON_TRY(delivery, find<model::WebhookDelivery>(database, {}, id));
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

Result<> write_attempt(Database& database, const Tried& tried, Instant now) {
  if (!tried.was_tried) {
    CARILLON_TRY(release, database.prepare("UPDATE webhook_deliveries SET next_try_at = ? WHERE id = ?"));
    release->bind_instant(1, tried.next_try_at);
    release->bind(2, tried.delivery.value);
    return release->run();
  }
  CARILLON_TRY(statement, database.prepare("UPDATE webhook_deliveries SET status = ?, attempts = attempts + 1, next_try_at = ?, "
                                           "http_status = ?, error = ?, tried_at = ? WHERE id = ?"));
  statement->bind(1, model::text_of(tried.status));
  statement->bind_instant(2, tried.next_try_at);
  statement->bind(3, tried.http_status);
  statement->bind(4, tried.error);
  statement->bind_instant(5, now);
  statement->bind(6, tried.delivery.value);
  return statement->run();
}

Result<> write_standing(Database& database, Id<model::Webhook> webhook, const Standing& standing, Instant now) {
  if (standing.has_succeeded) {
    CARILLON_TRY(success, database.prepare("UPDATE webhooks SET delivered_at = ?, failing_since = NULL, throttled_until = NULL, "
                                           "disabled_at = NULL WHERE id = ?"));
    success->bind_instant(1, now);
    success->bind(2, webhook.value);
    CARILLON_CHECK(success->run());
  }
  if (!standing.has_failed) return {};
  CARILLON_TRY(failing, database.prepare("UPDATE webhooks SET failing_since = coalesce(failing_since, ?), throttled_until = ? "
                                         "WHERE id = ?"));
  failing->bind_instant(1, now);
  failing->bind_instant(2, standing.pause_until.value_or(Instant()));
  failing->bind(3, webhook.value);
  return failing->run();
}

/// False when somebody had switched it off before.
Result<bool> disable(Database& database, const model::Webhook& webhook, const std::string& reason, Instant now) {
  CARILLON_TRY(statement, database.prepare("UPDATE webhooks SET active = 0, disabled_at = ? WHERE id = ? AND active = 1"));
  statement->bind_instant(1, now);
  statement->bind(2, webhook.id.value);
  CARILLON_CHECK(statement->run());
  if (database.changed_rows() == 0) return false;
  const Event event{.type = "webhook.disabled",
                    .data = {{"webhook", to_base32(webhook.id.value)}, {"description", webhook.description}, {"reason", reason}},
                    .at = now};
  CARILLON_CHECK(enqueue_event(database, {webhook.brand, webhook.customer}, event, now));
  return true;
}

Result<std::vector<Id<model::Webhook>>> all_webhooks(Database& database) {
  CARILLON_TRY(statement, database.prepare("SELECT id FROM webhooks ORDER BY id"));
  std::vector<Id<model::Webhook>> ids;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) return ids;
    ids.push_back({statement->integer(0)});
  }
}

}  // namespace

Result<std::vector<DueWebhook>> due_webhooks(Database& database, Id<model::Webhook> after, Instant now, std::int64_t limit) {
  CARILLON_TRY(statement,
               database.prepare("SELECT id, failing_since FROM webhooks WHERE active = 1 AND id > ? "
                                "AND (throttled_until IS NULL OR throttled_until <= ?) AND EXISTS (SELECT 1 FROM "
                                "webhook_deliveries WHERE webhook = webhooks.id AND status = 'pending' AND next_try_at <= ?) "
                                "ORDER BY id LIMIT ?"));
  statement->bind(1, after.value);
  statement->bind_instant(2, now);
  statement->bind_instant(3, now);
  statement->bind(4, limit);
  std::vector<DueWebhook> due;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) return due;
    due.push_back({.id = {statement->integer(0)}, .is_failing = !statement->is_null(1)});
  }
}

Result<Claim> claim_deliveries(Database& database, Id<model::Webhook> id, Instant now, Instant until, std::int64_t most) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_TRY(webhook, find<model::Webhook>(database, {}, id));
  Claim claim{.webhook = std::move(webhook), .deliveries = {}};
  CARILLON_TRY(due, due_deliveries(database, id, now, most));
  CARILLON_TRY(take, database.prepare("UPDATE webhook_deliveries SET next_try_at = ? WHERE id = ? AND status = 'pending' "
                                      "AND next_try_at = ?"));
  for (model::WebhookDelivery& delivery : due) {
    take->bind_instant(1, until);
    take->bind(2, delivery.id.value);
    take->bind_instant(3, delivery.next_try_at);
    CARILLON_CHECK(take->run());
    if (database.changed_rows() == 1) claim.deliveries.push_back(std::move(delivery));
  }
  CARILLON_CHECK(transaction.commit());
  return claim;
}

Result<bool> note_attempts(Database& database, const model::Webhook& webhook, std::span<const Tried> tried,
                           const Standing& standing, Instant now) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  for (const Tried& one : tried) CARILLON_CHECK(write_attempt(database, one, now));
  CARILLON_CHECK(write_standing(database, webhook.id, standing, now));
  bool is_disabled = false;
  if (standing.disable_for) {
    CARILLON_TRY(is_new, disable(database, webhook, *standing.disable_for, now));
    is_disabled = is_new;
  }
  CARILLON_CHECK(transaction.commit());
  return is_disabled;
}

Result<bool> prune_deliveries(Database& database, Instant oldest, std::int64_t most) {
  CARILLON_TRY(old, database.prepare("DELETE FROM webhook_deliveries WHERE id IN "
                                     "(SELECT id FROM webhook_deliveries WHERE created_at < ? ORDER BY created_at LIMIT ?)"));
  old->bind_instant(1, oldest);
  old->bind(2, prune_rows);
  CARILLON_CHECK(old->run());
  if (database.changed_rows() > 0) return true;
  CARILLON_TRY(webhooks, all_webhooks(database));
  CARILLON_TRY(surplus, database.prepare("DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries "
                                         "WHERE webhook = ? ORDER BY id DESC LIMIT ? OFFSET ?)"));
  for (const auto webhook : webhooks) {
    surplus->bind(1, webhook.value);
    surplus->bind(2, prune_rows);
    surplus->bind(3, most);
    CARILLON_CHECK(surplus->run());
    if (database.changed_rows() > 0) return true;
  }
  return false;
}

}  // namespace carillon::store

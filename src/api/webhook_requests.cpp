// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done with webhooks beyond keeping them: try one, send something again, give one a new secret.
#include "api/handlers.hpp"
#include "control/message.hpp"
#include "outbound/webhook_signature.hpp"
#include "store/events.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

/// How long the secret that was replaced still signs beside the new one.
constexpr Duration rotation_time = 24h;

/// The id in the path, of whoever may administer webhooks.
template <class T>
std::expected<Id<T>, Problem> administered(const Request& request) {
  if (request.caller.role == store::Role::user) return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  const auto id = from_base32(request.id);
  if (!id) return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  return Id<T>{*id};
}

Answer delivery_answer(const Result<model::WebhookDelivery>& delivery) {
  if (!delivery) return std::unexpected(problem_of(delivery.error()));
  return control::write_fields(model::resource_of<model::WebhookDelivery>, &*delivery);
}

}  // namespace

Task<Answer> test_webhook(Backend& backend, Request request) {
  const auto id = administered<model::Webhook>(request);
  if (!id) co_return std::unexpected(id.error());
  const store::Scope scope = request.caller.scope;
  auto enqueue = [scope, id = *id, now = backend.loop.wall()](store::Database& database) {
    return store::enqueue_test(database, scope, id, now);
  };
  const auto delivery = co_await backend.database.run(scope, std::move(enqueue));
  co_return delivery_answer(delivery);
}

Task<Answer> replay_webhook_delivery(Backend& backend, Request request) {
  const auto id = administered<model::WebhookDelivery>(request);
  if (!id) co_return std::unexpected(id.error());
  const store::Scope scope = request.caller.scope;
  auto enqueue = [scope, id = *id, now = backend.loop.wall()](store::Database& database) {
    return store::replay_delivery(database, scope, id, now);
  };
  const auto delivery = co_await backend.database.run(scope, std::move(enqueue));
  co_return delivery_answer(delivery);
}

/// The only time that a secret is shown.
Task<Answer> rotate_webhook_secret(Backend& backend, Request request) {
  if (!request.caller.rights.may_see_calls) co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  const auto id = administered<model::Webhook>(request);
  if (!id) co_return std::unexpected(id.error());
  const store::Scope scope = request.caller.scope;
  const Secret secret = outbound::make_webhook_secret();
  const Instant old_until = backend.loop.wall() + rotation_time;
  auto rotate = [scope, id = *id, secret, old_until](store::Database& database) {
    return store::rotate_webhook_secret(database, scope, id, secret, old_until);
  };
  const auto rotated = co_await backend.database.run(scope, std::move(rotate));
  if (!rotated) co_return std::unexpected(problem_of(rotated.error()));
  co_return Answer(json::object{{"secret", secret.reveal()}, {"previousSecretUntil", to_rfc3339(old_until)}});
}

}  // namespace carillon::api

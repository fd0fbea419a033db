// SPDX-License-Identifier: GPL-3.0-or-later
// The built-in texts, and a template tried on whoever asks.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/handlers.hpp"
#include "store/notifications.hpp"
#include "store/table.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

json::object described(model::NotificationKind kind) {
  json::array variables;
  for (const store::Variable& each : store::variables_of(kind))
    variables.push_back({{"name", each.name}, {"meaning", each.meaning}, {"example", each.example}});
  json::object texts;
  for (const std::string_view language : store::built_in_languages) {
    const model::NotificationTemplate text = store::built_in(kind, language);
    texts[language] = {{"subject", text.subject}, {"body", text.body}};
  }
  return {{"kind", model::text_of(kind)}, {"variables", std::move(variables)}, {"texts", std::move(texts)}};
}

/// Puts a template with example values on its way to the address of a login.
Result<bool> send_example(store::Database& database, const store::Sealer& sealer, const model::NotificationTemplate& text,
                          std::int64_t login, Instant now) {
  CARILLON_TRY(transaction, store::Transaction::begin_write(database));
  CARILLON_TRY(reader, store::find_login(database, login));
  if (!reader || reader->email.empty()) return false;
  store::Mail mail = store::render(text, store::example_values(text.kind));
  mail.to = reader->email;
  mail.expires_at = now + 1h;
  CARILLON_CHECK(store::enqueue_mail(database, sealer, std::move(mail), now));
  CARILLON_CHECK(transaction.commit());
  return true;
}

}  // namespace

Task<Answer> list_notification_defaults(Backend&, Request request) {
  if (!model::reaches(request.caller.role, store::Role::brand)) co_return refused(Fault::forbidden, {});
  json::array items;
  for (std::size_t i = 0; i < std::size(model::notification_kind_names); ++i)
    items.push_back(described(static_cast<model::NotificationKind>(i)));
  co_return Answer(json::object{{"items", std::move(items)}});
}

Task<Answer> test_notification_template(Backend& backend, Request request) {
  if (!model::reaches(request.caller.role, store::Role::brand)) co_return refused(Fault::forbidden, {});
  const Id<model::NotificationTemplate> id{from_base32(request.id).value_or(0)};
  auto load = [id, scope = request.caller.scope](store::Database& database) { return store::find(database, scope, id); };
  const auto text = co_await backend.database.run(request.caller.scope, std::move(load));
  if (!text) co_return std::unexpected(problem_of(text.error()));
  if (!backend.resets.may_mail(text->brand)) {
    co_return std::unexpected(
        Problem{.fault = Fault::too_many_tries, .detail = "Too many mails this hour.", .retry_after = 600s});
  }
  const Actor& actor = request.caller.actor;
  const std::int64_t login = request.caller.is_emulated() ? actor.emulated_by : actor.login;
  auto send = [text = *text, login, now = backend.loop.wall(), sealer = &backend.sealer](store::Database& database) {
    return send_example(database, *sealer, text, login, now);
  };
  const store::Scope everybody;  // The outbox is the platform's.
  const auto sent = co_await backend.database.run(everybody, std::move(send));
  if (!sent) co_return std::unexpected(problem_of(sent.error()));
  if (!*sent) co_return refused(Fault::conflict, "This login has no address: set its email.");
  co_return Answer(json::object{{"outcome", "underWay"}});
}

}  // namespace carillon::api

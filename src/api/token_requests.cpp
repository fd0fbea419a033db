// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens of programs: made by somebody who is logged in, shown once, narrower than their owner.
#include <boost/json/array.hpp>

#include "api/admission.hpp"
#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/items.hpp"
#include "api/sign_in.hpp"
#include "base/ip_network.hpp"
#include "base/log.hpp"
#include "model/json.hpp"
#include "store/credentials.hpp"
#include "store/sessions.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

const store::Scope everybody;
constexpr std::size_t sources_max = 32;

model::Json list_of(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return {model::write_json(list)};
}

/// The row that a request asks for, without owner and digest.
std::expected<model::ApiToken, Problem> read_token(const std::string& body, Instant now) {
  auto wanted = read_body<TokenBody>(body);
  if (!wanted) return std::unexpected(std::move(wanted).error());
  const auto scopes = read_texts("scopes", wanted->scopes, std::size(token_scopes));
  if (!scopes) return std::unexpected(scopes.error());
  if (scopes->empty()) return std::unexpected(field_problem("scopes", "must name at least one of read, write, calls, live"));
  for (const std::string& scope : *scopes) {
    if (std::ranges::find(token_scopes, scope) == std::end(token_scopes))
      return std::unexpected(field_problem("scopes", "may name read, write, calls and live"));
  }
  const auto sources = read_texts("sources", wanted->sources, sources_max);
  if (!sources) return std::unexpected(sources.error());
  for (const std::string& source : *sources) {
    if (!IpNetwork::parse(source)) return std::unexpected(field_problem("sources", "must be networks like 203.0.113.0/24"));
  }
  const bool is_over = wanted->expires_at != Instant() && wanted->expires_at <= now;
  if (is_over) return std::unexpected(field_problem("expiresAt", "is over"));
  model::ApiToken token;
  token.name = wanted->name;
  token.scopes = list_of(*scopes);
  token.sources = list_of(*sources);
  token.expires_at = wanted->expires_at;
  return token;
}

}  // namespace

Task<Answer> add_token(Backend& backend, Request request) {
  const Instant now = backend.loop.wall();
  auto row = read_token(request.http.body, now);
  if (!row) co_return std::unexpected(std::move(row).error());
  const std::string token = make_token("cat_");
  row->login = request.caller.actor.login;
  row->digest = Secret(store::token_digest(token));
  auto add = [row = *row, now](store::Database& database) -> Result<model::ApiToken> {
    model::ApiToken added = row;
    CARILLON_CHECK(store::add_api_token(database, added, now));
    return added;
  };
  const auto added = co_await backend.database.run(everybody, std::move(add));
  if (!added && added.error().is(store::Fault::constraint)) {
    co_return std::unexpected(Problem{.fault = Fault::conflict, .detail = added.error().what});
  }
  if (!added) co_return std::unexpected(problem_of(added.error()));
  log::info("api", "token.made", {{"name", request.caller.actor.name}, {"token", added->name}});
  co_await note_sign_in(backend, request, model::AuditAction::token_made);
  const TokenAnswer answer{.id = added->id,
                           .token = token,
                           .name = added->name,
                           .scopes = added->scopes,
                           .sources = added->sources,
                           .created_at = added->created_at,
                           .expires_at = added->expires_at};
  Document document(model::to_json(answer));
  document.success = Success::created;
  co_return document;
}

Task<Answer> list_tokens(Backend& backend, Request request) {
  auto list = [login = request.caller.actor.login](store::Database& database) { return store::list_api_tokens(database, login); };
  const auto tokens = co_await backend.database.run(everybody, std::move(list));
  if (!tokens) co_return std::unexpected(problem_of(tokens.error()));
  co_return Answer(json::object{{"items", to_items(*tokens)}, {"total", tokens->size()}});
}

Task<Answer> remove_token(Backend& backend, Request request) {
  const auto id = from_base32(request.id);
  if (!id) co_return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  auto remove = [login = request.caller.actor.login, id = *id](store::Database& database) {
    return store::remove_api_token(database, login, id);
  };
  const auto removed = co_await backend.database.run(everybody, std::move(remove));
  if (!removed) co_return std::unexpected(problem_of(removed.error()));
  co_await note_sign_in(backend, request, model::AuditAction::token_ended);
  co_return nothing();
}

}  // namespace carillon::api

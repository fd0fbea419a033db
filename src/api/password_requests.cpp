// SPDX-License-Identifier: GPL-3.0-or-later
// Choosing another password, by the old one or by a link.
#include "api/admission.hpp"
#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/portal.hpp"
#include "api/sign_in.hpp"
#include "base/log.hpp"
#include "store/password_policy.hpp"

namespace carillon::api {

namespace {

const store::Scope everybody;

std::optional<Problem> weakness(const Rules& rules, std::string_view field, const Secret& password, std::string_view login) {
  if (rules.allow_weak_passwords) return std::nullopt;
  const std::string fault = store::password_fault(password.reveal(), login);
  if (fault.empty()) return std::nullopt;
  return field_problem(field, fault);
}

}  // namespace

Task<Answer> change_password(Backend& backend, Request request) {
  auto body = read_body<PasswordBody>(request.http.body);
  if (!body) co_return std::unexpected(std::move(body).error());
  const Actor& actor = request.caller.actor;
  if (auto weak = weakness(backend.rules, "new", body->new_, actor.name)) co_return std::unexpected(*std::move(weak));
  if (body->current.reveal() == body->new_.reveal()) co_return std::unexpected(field_problem("new", "is the current one"));
  LoginAttempt attempt{.name = actor.name,
                       .password = std::move(body->current),
                       .source = source_of(request.http.remote),
                       .known = actor.login,
                       .skips_code = true};
  auto proved = co_await backend.logins.check(std::move(attempt));
  if (!proved) co_return std::unexpected(std::move(proved).error());
  auto hash = co_await backend.logins.hash(std::move(body->new_));
  if (!hash) co_return std::unexpected(std::move(hash).error());
  auto store = [login = actor.login, kept = request.caller.session, hash = *hash](store::Database& database) -> Result<> {
    CARILLON_TRY(transaction, store::Transaction::begin_write(database));
    CARILLON_CHECK(store::set_password(database, login, hash, false, kept));
    return transaction.commit();
  };
  const auto stored = co_await backend.database.run(everybody, std::move(store));
  if (!stored) co_return std::unexpected(problem_of(stored.error()));
  log::info("api", "password.changed", {{"name", actor.name}, {"source", actor.source}});
  co_await note_sign_in(backend, request, model::AuditAction::password_changed);
  co_return nothing();
}

Task<Answer> ask_for_reset(Backend& backend, Request request) {
  auto body = read_body<ResetBody>(request.http.body);
  if (!body) co_return std::unexpected(std::move(body).error());
  store::ResetRequest wanted{.name = std::move(body->username),
                             .brand = body->brand,
                             .token = {},
                             .portal = host_of(backend, request.http),
                             .portal_url = {}};
  auto problem = backend.resets.request(std::move(wanted), source_of(request.http.remote));
  if (problem) co_return std::unexpected(*std::move(problem));
  Document document{boost::json::object()};
  document.success = Success::accepted;
  co_return document;
}

Task<Answer> confirm_reset(Backend& backend, Request request) {
  auto body = read_body<ResetConfirmBody>(request.http.body);
  if (!body) co_return std::unexpected(std::move(body).error());
  auto look = [token = body->token, now = backend.loop.wall()](store::Database& database) {
    return store::find_reset(database, token.reveal(), now);
  };
  const auto found = co_await backend.database.run(everybody, std::move(look));
  if (!found) co_return std::unexpected(problem_of(found.error()));
  if (!*found) co_return std::unexpected(field_problem("token", "is unknown, was used or is too old"));
  if (auto weak = weakness(backend.rules, "password", body->password, (*found)->name))
    co_return std::unexpected(*std::move(weak));
  auto hash = co_await backend.logins.hash(std::move(body->password));
  if (!hash) co_return std::unexpected(std::move(hash).error());
  auto use = [token = body->token, hash = *hash, now = backend.loop.wall()](store::Database& database) {
    return store::use_reset(database, token.reveal(), hash, now);
  };
  const auto used = co_await backend.database.run(everybody, std::move(use));
  if (!used) co_return std::unexpected(problem_of(used.error()));
  if (!*used) co_return std::unexpected(field_problem("token", "is unknown, was used or is too old"));
  log::info("api", "password.reset", {{"name", (*found)->name}, {"source", request.http.remote.host()}});
  request.caller = caller_of(**found);
  request.caller.actor.source = request.http.remote.host();
  co_await note_sign_in(backend, request, model::AuditAction::password_changed);
  co_return nothing();
}

}  // namespace carillon::api

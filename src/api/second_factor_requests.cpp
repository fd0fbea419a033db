// SPDX-License-Identifier: GPL-3.0-or-later
// Setting up a second factor, and giving it up.
#include "store/second_factors.hpp"

#include <boost/json/array.hpp>

#include "api/admission.hpp"
#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/sign_in.hpp"
#include "base/log.hpp"
#include "model/json.hpp"
#include "store/totp.hpp"

namespace carillon::api {

namespace {

const store::Scope everybody;

}  // namespace

Task<Answer> begin_second_factor(Backend& backend, Request request) {
  const Actor& actor = request.caller.actor;
  auto begin = [login = actor.login, sealer = &backend.sealer](store::Database& database) {
    return store::begin_second_factor(database, *sealer, login);
  };
  const auto key = co_await backend.database.run(everybody, std::move(begin));
  if (!key && key.error().is(store::Fault::constraint)) {
    co_return std::unexpected(Problem{.fault = Fault::conflict, .detail = "A second factor is on: remove it first."});
  }
  if (!key) co_return std::unexpected(problem_of(key.error()));
  const SecondFactorAnswer answer{.secret = store::totp_key_text(key->reveal()),
                                  .uri = store::totp_uri(key->reveal(), "Carillon", actor.name)};
  co_return Answer(model::to_json(answer));
}

Task<Answer> confirm_second_factor(Backend& backend, Request request) {
  auto body = read_body<CodeBody>(request.http.body);
  if (!body) co_return std::unexpected(std::move(body).error());
  const Actor& actor = request.caller.actor;
  auto confirm = [login = actor.login, code = body->code, now = backend.loop.wall(), sealer = &backend.sealer](
                     store::Database& database) { return store::confirm_second_factor(database, *sealer, login, code, now); };
  const auto codes = co_await backend.database.run(everybody, std::move(confirm));
  if (!codes) co_return std::unexpected(problem_of(codes.error()));
  if (codes->empty()) co_return std::unexpected(field_problem("code", "is not what the authenticator shows now"));
  log::info("api", "second_factor.on", {{"name", actor.name}, {"source", actor.source}});
  co_await note_sign_in(backend, request, model::AuditAction::second_factor_on);
  boost::json::array shown;
  for (const std::string& code : *codes) shown.emplace_back(code);
  co_return Answer(boost::json::object{{"recoveryCodes", std::move(shown)}});
}

Task<Answer> remove_second_factor(Backend& backend, Request request) {
  auto body = read_body<ProofBody>(request.http.body);
  if (!body) co_return std::unexpected(std::move(body).error());
  const Actor& actor = request.caller.actor;
  LoginAttempt attempt{.name = actor.name,
                       .password = std::move(body->password),
                       .code = std::move(body->code),
                       .source = source_of(request.http.remote),
                       .known = actor.login};
  auto proved = co_await backend.logins.check(std::move(attempt));
  if (!proved) co_return std::unexpected(std::move(proved).error());
  auto remove = [login = actor.login](store::Database& database) { return store::remove_second_factor(database, login); };
  const auto removed = co_await backend.database.run(everybody, std::move(remove));
  if (!removed) co_return std::unexpected(problem_of(removed.error()));
  log::info("api", "second_factor.off", {{"name", actor.name}, {"source", actor.source}});
  co_await note_sign_in(backend, request, model::AuditAction::second_factor_off);
  co_return nothing();
}

}  // namespace carillon::api

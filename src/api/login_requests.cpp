// SPDX-License-Identifier: GPL-3.0-or-later
// Logging in and out, one's own sessions, and acting for somebody else.
#include "api/admission.hpp"
#include "api/body.hpp"
#include "api/features.hpp"
#include "api/handlers.hpp"
#include "api/items.hpp"
#include "api/portal.hpp"
#include "api/sign_in.hpp"
#include "api/writing.hpp"
#include "base/log.hpp"
#include "model/json.hpp"
#include "store/audit.hpp"
#include "store/second_factors.hpp"
#include "store/sessions.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

const store::Scope everybody;

/// What was not said is not shown.
json::object without_empty_texts(json::object object) {
  for (auto member = object.begin(); member != object.end();) {
    const bool is_empty = member->value().is_null() || (member->value().is_string() && member->value().get_string().empty());
    member = is_empty ? object.erase(member) : std::next(member);
  }
  return object;
}

/// Whatever a browser keeps for this host alone, by TLS alone, out of reach of scripts and of forms elsewhere.
std::string cookie(std::string_view token) {
  return fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Lax{}", session_cookie, token,
                     token.empty() ? "; Max-Age=0" : "");
}

struct Opening {
  store::Login owner;
  store::Actor actor;       ///< Who comes, as the audit log has it;
  store::Login whose = {};  ///< and in whose name: its own, or whom it acts for.
  std::string_view role;
  store::ActsFor acts_for = {};
  bool by_cookie = false;
  std::string source;
  std::string user_agent;
};

Task<Answer> open_session(Backend& backend, Opening opening) {
  const std::string token = make_token("ct_");
  auto open = [token, opening, now = backend.loop.wall()](store::Database& database) -> Result<> {
    const store::NewSession session{.token = token,
                                    .login = opening.owner.id,
                                    .by_cookie = opening.by_cookie,
                                    .source = opening.source,
                                    .user_agent = opening.user_agent,
                                    .acts_for = opening.acts_for};
    CARILLON_CHECK(store::open_session(database, session, now));
    const auto action = opening.acts_for.id == 0 ? model::AuditAction::login : model::AuditAction::emulate;
    return store::write_sign_in(database, opening.actor, action, opening.whose, now);
  };
  const auto opened = co_await backend.database.run(everybody, std::move(open));
  if (!opened) co_return std::unexpected(problem_of(opened.error()));
  SessionAnswer answer{.role = std::string(opening.role), .limit = std::string(text_of(limit_of(opening.owner, backend.rules)))};
  if (opening.by_cookie)
    answer.csrf = csrf_of(token);
  else
    answer.token = token;
  Document document(without_empty_texts(model::to_json(answer)));
  if (opening.by_cookie) document.headers.emplace_back("Set-Cookie", cookie(token));
  co_return document;
}

}  // namespace

Task<Answer> log_in(Backend& backend, Request request) {
  auto body = read_body<LoginBody>(request.http.body);
  if (!body) co_return std::unexpected(std::move(body).error());
  // Nobody shall be logged in as somebody else by a page of theirs.
  if (is_cross_site(request.http)) {
    co_return std::unexpected(Problem{.fault = Fault::cross_site, .detail = "Log in from the platform's own pages."});
  }
  LoginAttempt attempt{.name = std::move(body->username),
                       .password = std::move(body->password),
                       .code = std::move(body->code),
                       .brand = body->brand,
                       .portal = host_of(backend, request.http),
                       .source = source_of(request.http.remote)};
  auto who = co_await backend.logins.check(std::move(attempt));
  if (!who) co_return std::unexpected(std::move(who).error());
  Opening opening{.owner = *who,
                  .actor = {.login = who->name,
                            .role = std::string(model::text_of(who->role)),
                            .emulated = {},
                            .source = request.http.remote.host()},
                  .whose = *who,
                  .role = model::text_of(who->role),
                  .by_cookie = body->cookie,
                  .source = request.http.remote.host(),
                  .user_agent = std::string(request.http.header("user-agent"))};
  co_return co_await open_session(backend, std::move(opening));
}

Task<Answer> log_out(Backend& backend, Request request) {
  const Actor& actor = request.caller.actor;
  const std::int64_t owner = request.caller.is_emulated() ? actor.emulated_by : actor.login;
  auto end = [owner, id = request.caller.session, who = actor_of(request.caller),
              now = backend.loop.wall()](store::Database& database) -> Result<> {
    CARILLON_TRY(login, store::find_login(database, owner));
    CARILLON_CHECK(store::end_session(database, owner, id));
    if (!login) return {};
    return store::write_sign_in(database, who, model::AuditAction::logout, *login, now);
  };
  const auto ended = co_await backend.database.run(everybody, std::move(end));
  if (!ended) co_return std::unexpected(problem_of(ended.error()));
  Document document{json::value()};
  document.success = Success::nothing;
  if (!request.caller.csrf.empty()) document.headers.emplace_back("Set-Cookie", cookie(""));
  co_return document;
}

Task<Answer> emulate(Backend& backend, Request request) {
  const auto body = read_body<EmulateBody>(request.http.body);
  if (!body) co_return std::unexpected(body.error());
  const std::pair<store::Role, std::int64_t> named[] = {{store::Role::brand, body->brand.value},
                                                        {store::Role::customer, body->customer.value},
                                                        {store::Role::user, body->user.value}};
  if (std::ranges::count_if(named, [](const auto& one) { return one.second != 0; }) != 1)
    co_return std::unexpected(field_problem("brand", "or customer or user: name one of them"));
  const auto one = std::ranges::find_if(named, [](const auto& each) { return each.second != 0; });
  const store::ActsFor acts_for{.role = one->first, .id = one->second};
  auto look = [acts_for, login = request.caller.actor.login](store::Database& database) -> Result<std::optional<store::Login>> {
    CARILLON_TRY(owner, store::find_login(database, login));
    if (!owner) return std::nullopt;
    return store::find_acted_for(database, *owner, acts_for);
  };
  const auto found = co_await backend.database.run(everybody, std::move(look));
  if (!found) co_return std::unexpected(problem_of(found.error()));
  if (!*found) co_return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  log::info("api", "emulation.begun",
            {{"actor", request.caller.actor.name}, {"role", model::text_of(acts_for.role)}, {"for", (*found)->name}});
  store::Actor actor = actor_of(request.caller);
  actor.emulated = (*found)->name;
  Opening opening{.owner = {.id = request.caller.actor.login},
                  .actor = std::move(actor),
                  .whose = **found,
                  .role = model::text_of(acts_for.role),
                  .acts_for = acts_for,
                  .by_cookie = body->cookie,
                  .source = request.caller.actor.source,
                  .user_agent = std::string(request.http.header("user-agent"))};
  opening.owner.role = store::Role::user;  // Its limits were looked at when it asked.
  co_return co_await open_session(backend, std::move(opening));
}

Task<Answer> who_am_i(Backend& backend, Request request) {
  const Caller& caller = request.caller;
  const std::int64_t owner = caller.is_emulated() ? caller.actor.emulated_by : caller.actor.login;
  auto count = [owner](store::Database& database) { return store::count_recovery_codes(database, owner); };
  const auto codes = co_await backend.database.run(everybody, std::move(count));
  if (!codes) co_return std::unexpected(problem_of(codes.error()));
  const auto features = co_await features_of(backend, caller);
  if (!features) co_return std::unexpected(features.error());
  MeAnswer me{.username = caller.actor.name,
              .role = std::string(model::text_of(caller.role)),
              .brand = caller.scope.brand,
              .customer = caller.scope.customer,
              .user = caller.scope.user,
              .actor = caller.actor.emulated_by_name,
              .second_factor = caller.has_second_factor,
              .recovery_codes = *codes,
              .limit = std::string(text_of(caller.limit)),
              .csrf = caller.csrf,
              .features = *features};
  co_return Answer(model::to_json(me));
}

Task<Answer> list_sessions(Backend& backend, Request request) {
  auto list = [login = request.caller.actor.login, now = backend.loop.wall()](store::Database& database) {
    return store::list_sessions(database, login, now);
  };
  const auto sessions = co_await backend.database.run(everybody, std::move(list));
  if (!sessions) co_return std::unexpected(problem_of(sessions.error()));
  std::vector<OpenSession> shown;
  for (const model::Session& session : *sessions) {
    shown.push_back({.id = session.id,
                     .source = session.source,
                     .user_agent = session.user_agent,
                     .acts_for = session.acts_role,
                     .by_cookie = session.by_cookie,
                     .is_this = session.id.value == request.caller.session,
                     .opened_at = session.opened_at,
                     .used_at = session.used_at});
  }
  co_return Answer(json::object{{"items", to_items(shown)}, {"total", shown.size()}});
}

Task<Answer> end_session(Backend& backend, Request request) {
  const auto id = from_base32(request.id);
  if (!id) co_return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  auto end = [login = request.caller.actor.login, id = *id](store::Database& database) {
    return store::end_session(database, login, id);
  };
  const auto ended = co_await backend.database.run(everybody, std::move(end));
  if (!ended) co_return std::unexpected(problem_of(ended.error()));
  co_return nothing();
}

}  // namespace carillon::api

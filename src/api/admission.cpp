// SPDX-License-Identifier: GPL-3.0-or-later
// Credentials first, then the origin, then the limits, then the grants of a token.
#include "api/admission.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "api/writing.hpp"
#include "base/ip_network.hpp"
#include "base/log.hpp"
#include "store/audit.hpp"
#include "store/credentials.hpp"
#include "store/sessions.hpp"

namespace carillon::api {

namespace {

constexpr std::size_t token_bytes_max = 256;
constexpr std::string_view api_token_prefix = "cat_";

/// Whatever says who called whom.
constexpr std::string_view collections_of_calls[] = {"/calls",       "/billable-calls", "/live/calls",
                                                     "/live/events", "/traces",         "/webhook-deliveries"};

/// What a request brought as its proof.
struct Credentials {
  std::string token;
  bool is_cookie = false;
};

std::string cookie_of(const net::HttpRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (name != "cookie") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      std::string_view pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
      pair.remove_prefix(std::min(pair.size(), pair.find_first_not_of(' ')));
      const bool is_ours = pair.starts_with(session_cookie) && pair.substr(session_cookie.size()).starts_with('=');
      if (is_ours) return std::string(pair.substr(session_cookie.size() + 1));
    }
  }
  return {};
}

/// A token in the header counts, and then no cookie does.
Credentials credentials_of(const net::HttpRequest& request) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view authorization = request.header("authorization");
  Credentials credentials;
  if (authorization.starts_with(scheme))
    credentials.token = authorization.substr(scheme.size());
  else if (authorization.empty())
    credentials = {.token = cookie_of(request), .is_cookie = true};
  if (credentials.token.size() > token_bytes_max) credentials.token.clear();
  return credentials;
}

Problem not_logged_in() {
  return {.fault = Fault::not_logged_in, .detail = "Log in with POST /api/v1/auth/login first."};
}

Problem forbidden(std::string_view why) {
  return {.fault = Fault::forbidden, .detail = std::string(why)};
}

Caller caller_of_session(const store::Session& session, const Credentials& credentials, const Rules& rules) {
  Caller caller = caller_of(session.acts_for ? *session.acts_for : session.owner);
  if (session.acts_for) {
    caller.actor.emulated_by = session.owner.id;
    caller.actor.emulated_by_name = session.owner.name;
  }
  caller.session = session.id;
  if (session.by_cookie) caller.csrf = csrf_of(credentials.token);
  caller.limit = limit_of(session.owner, rules);
  caller.has_second_factor = session.owner.has_second_factor;
  caller.rights = session.owner.rights;
  return caller;
}

bool has_item(const std::string& list, std::string_view wanted) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(list, error);
  if (error || !parsed.is_array()) return false;
  return std::ranges::any_of(parsed.get_array(), [&](const boost::json::value& item) {
    return item.is_string() && std::string_view(item.get_string().data(), item.get_string().size()) == wanted;
  });
}

/// No list lets everybody in.
bool may_come_from(const std::string& sources, const net::Address& remote) {
  boost::system::error_code error;
  const boost::json::value parsed = sources.empty() ? boost::json::array() : boost::json::parse(sources, error);
  if (error || !parsed.is_array()) return false;
  if (parsed.get_array().empty()) return true;
  return std::ranges::any_of(parsed.get_array(), [&](const boost::json::value& item) {
    const auto network = item.is_string() ? IpNetwork::parse({item.get_string().data(), item.get_string().size()}) : std::nullopt;
    return network && network->contains(remote.bytes);
  });
}

std::expected<Caller, Problem> caller_of_token(const store::FoundToken& found, const net::HttpRequest& request,
                                               const Operation& operation, const Rules& rules) {
  if (!may_come_from(found.token.sources.text, request.remote)) return std::unexpected(not_logged_in());
  if (operation.grant == Grant::session) return std::unexpected(forbidden("No API token may do that: log in."));
  const std::string_view scope = scope_of(operation);
  if (!has_item(found.token.scopes.text, scope)) {
    return std::unexpected(forbidden(fmt::format("The token lacks the scope \"{}\".", scope)));
  }
  Caller caller = caller_of(found.owner);
  caller.limit = limit_of(found.owner, rules);
  caller.has_second_factor = found.owner.has_second_factor;
  caller.token_writes = has_item(found.token.scopes.text, "write");
  caller.token_sees_calls = has_item(found.token.scopes.text, "calls");
  return caller;
}

std::expected<void, Problem> check_limits(const Caller& caller, const Operation& operation) {
  if (caller.is_emulated() && !operation.while_emulated) return std::unexpected(forbidden("Not while acting for somebody else."));
  if (caller.limit == Limit::change_password && operation.early != Early::both) {
    return std::unexpected(
        Problem{.fault = Fault::password_change_wanted, .detail = "Choose a password with POST /api/v1/auth/password first."});
  }
  if (caller.limit == Limit::set_up_second_factor && operation.early == Early::no) {
    return std::unexpected(Problem{.fault = Fault::second_factor_wanted,
                                   .detail = "Set up a second factor with POST /api/v1/auth/totp/begin first."});
  }
  return {};
}

bool is_below(std::string_view path, std::string_view collection) {
  return path.starts_with(collection) && (path.size() == collection.size() || path[collection.size()] == '/');
}

/// What restricts an administrator restricts it by token and when acting for others too.
std::expected<void, Problem> check_rights(const Caller& caller, const Operation& operation) {
  // Its own login everybody looks after.
  if (is_below(operation.path, "/auth")) return {};
  const bool writes = !reads(operation);
  if (writes && !caller.rights.may_write) return std::unexpected(forbidden("This administrator may look on."));
  const auto is_at = [&](std::string_view collection) { return is_below(operation.path, collection); };
  const bool shows_calls = std::ranges::any_of(collections_of_calls, is_at);
  if (shows_calls && !caller.rights.may_see_calls) return std::unexpected(forbidden("This administrator may not see calls."));
  const bool manages = writes && is_below(operation.path, "/administrators");
  if (manages && !caller.rights.may_manage_administrators)
    return std::unexpected(forbidden("This administrator may not manage administrators."));
  return {};
}

/// A page of somebody else's can make a browser send the cookie, but neither read our token nor hide where it is from.
std::expected<void, Problem> check_origin(const net::HttpRequest& request, std::string_view csrf) {
  const bool changes = request.method != "GET" && request.method != "HEAD";
  if (!changes) return {};
  const std::string_view repeated = request.header(csrf_header);
  if (!is_cross_site(request) && store::token_digest(repeated) == store::token_digest(csrf)) return {};
  return std::unexpected(Problem{.fault = Fault::cross_site, .detail = "The request lacks the session's X-Carillon-Csrf."});
}

}  // namespace

bool is_of_calls(std::string_view collection) {
  return std::ranges::any_of(collections_of_calls, [&](std::string_view one) { return one.substr(1) == collection; });
}

Limit limit_of(const store::Login& owner, const Rules& rules) {
  if (owner.must_change) return Limit::change_password;
  const bool is_high = owner.role == store::Role::platform || owner.role == store::Role::brand;
  const bool is_missing = rules.require_second_factor && is_high && !owner.has_second_factor;
  return is_missing ? Limit::set_up_second_factor : Limit::none;
}

bool is_cross_site(const net::HttpRequest& request) {
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin") return true;
  const std::string_view origin = request.header("origin");
  return !origin.empty() && origin != fmt::format("https://{}", request.header("host"));
}

std::string csrf_of(std::string_view session_token) {
  return store::token_digest(fmt::format("csrf {}", session_token));
}

Task<std::expected<Caller, Problem>> admit(Backend& backend, const net::HttpRequest& request, const Operation& operation) {
  const Credentials credentials = credentials_of(request);
  if (credentials.token.empty()) co_return std::unexpected(not_logged_in());
  const store::Scope everybody;
  const Instant now = backend.loop.wall();
  std::expected<Caller, Problem> caller = std::unexpected(not_logged_in());
  if (credentials.token.starts_with(api_token_prefix) && !credentials.is_cookie) {
    auto look = [token = credentials.token, now](store::Database& database) {
      return store::find_api_token(database, token, now);
    };
    const auto found = co_await backend.database.run(everybody, std::move(look));
    if (!found) co_return std::unexpected(problem_of(found.error()));
    if (*found) caller = caller_of_token(**found, request, operation, backend.rules);
  } else {
    auto look = [token = credentials.token, now](store::Database& database) { return store::find_session(database, token, now); };
    const auto found = co_await backend.database.run(everybody, std::move(look));
    if (!found) co_return std::unexpected(problem_of(found.error()));
    if (*found && (*found)->by_cookie == credentials.is_cookie) caller = caller_of_session(**found, credentials, backend.rules);
  }
  if (!caller) co_return caller;
  caller->actor.source = request.remote.host();
  if (credentials.is_cookie) {
    if (auto own = check_origin(request, caller->csrf); !own) co_return std::unexpected(std::move(own).error());
  }
  if (auto free = check_limits(*caller, operation); !free) co_return std::unexpected(std::move(free).error());
  if (auto right = check_rights(*caller, operation); !right) co_return std::unexpected(std::move(right).error());
  co_return caller;
}

Task<> note_sign_in(Backend& backend, const Request& request, model::AuditAction action) {
  auto write = [actor = actor_of(request.caller), login = request.caller.actor.login, action,
                now = backend.loop.wall()](store::Database& database) -> Result<> {
    CARILLON_TRY(whose, store::find_login(database, login));
    if (!whose) return {};
    return store::write_sign_in(database, actor, action, *whose, now);
  };
  const store::Scope everybody;
  const auto written = co_await backend.database.run(everybody, std::move(write));
  if (!written) log::error("api", "sign_in.not_audited", {{"fault", written.error().code}, {"error", written.error()}});
}

}  // namespace carillon::api

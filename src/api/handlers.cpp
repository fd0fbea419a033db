// SPDX-License-Identifier: GPL-3.0-or-later
// The operations of the API.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "api/call_query.hpp"
#include "api/service.hpp"
#include "control/message.hpp"
#include "model/call.hpp"
#include "store/sessions.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

constexpr std::size_t login_bytes_max = 4096;
constexpr std::size_t login_text_max = 256;

/// What a login request says.
struct LoginRequest {
  std::string name;
  Secret password;
};

std::optional<std::string> text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const json::string& text = value->get_string();
  if (text.empty() || text.size() > login_text_max) return std::nullopt;
  return std::string(text.data(), text.size());
}

std::expected<LoginRequest, Problem> read_login(const std::string& body) {
  if (body.size() > login_bytes_max) return std::unexpected(Problem{.fault = Fault::too_large, .detail = {}});
  boost::system::error_code error;
  const json::value parsed = json::parse(body, error);
  if (error || !parsed.is_object()) {
    return std::unexpected(Problem{.fault = Fault::bad_request, .detail = "The body must be a JSON object."});
  }
  std::vector<model::FieldFault> errors;
  const auto name = text_member(parsed.get_object(), "username");
  const auto password = text_member(parsed.get_object(), "password");
  if (!name) errors.push_back({"username", "Write a text of at most 256 bytes."});
  if (!password) errors.push_back({"password", "Write a text of at most 256 bytes."});
  if (!errors.empty()) {
    return std::unexpected(
        Problem{.fault = Fault::bad_request, .detail = "The login is incomplete.", .errors = std::move(errors)});
  }
  return LoginRequest{*name, Secret(*password)};
}

/// 256 random bits behind a recognisable beginning.
std::string make_token() {
  std::string token = "ct_";
  for (int n = 0; n < 4; ++n) token += fmt::format("{:016x}", random_bits());
  return token;
}

control::Whose whose(const Caller& caller) {
  control::Whose whose;
  whose.brand = caller.scope.brand;
  whose.customer = caller.scope.customer;
  whose.user = caller.user;
  return whose;
}

template <class T>
json::array to_items(const std::vector<T>& objects) {
  json::array items;
  items.reserve(objects.size());
  for (const T& object : objects) items.push_back(control::write_fields(model::resource_of<T>, &object));
  return items;
}

template <class T>
Answer live_list(const Result<std::vector<T>>& listed) {
  if (!listed) return std::unexpected(problem_of(listed.error()));
  return json::object{{"items", to_items(*listed)}, {"total", listed->size()}};
}

/// One page of calls, one more row than shown telling whether there is another page.
struct Page {
  std::vector<model::Call> calls;
  std::optional<std::string> next;
  std::optional<std::int64_t> total;
};

Result<Page> load_page(store::Database& database, const CallQuery& wanted) {
  store::Query query = wanted.query;
  ++query.limit;
  Page page;
  CARILLON_TRY(calls, store::list<model::Call>(database, wanted.scope, query));
  page.calls = std::move(calls);
  if (page.calls.size() > static_cast<std::size_t>(wanted.query.limit)) {
    page.calls.pop_back();
    page.next = store::cursor_of(model::resource_of<model::Call>, query, &page.calls.back());
  }
  if (wanted.wants_total) {
    CARILLON_TRY(total, store::count(database, wanted.scope, model::resource_of<model::Call>, query.filters));
    page.total = total;
  }
  return page;
}

}  // namespace

Task<Answer> Service::log_in(Request request) {
  auto login = read_login(request.http.body);
  if (!login) co_return std::unexpected(std::move(login).error());
  const auto who = co_await logins_.check(std::move(login->name), std::move(login->password), request.http.remote.host());
  if (!who) co_return std::unexpected(who.error());
  std::string token = make_token();
  auto open = [token, who = *who, now = loop_.wall()](store::Database& database) {
    return store::open_session(database, token, who, now);
  };
  const store::Scope everybody;
  const auto opened = co_await database_.run(everybody, std::move(open));
  if (!opened) co_return std::unexpected(problem_of(opened.error()));
  co_return json::object{{"token", token}, {"role", model::text_of(who->role)}};
}

Task<Answer> Service::list_calls(Request request) {
  auto wanted = read_call_query(request.http.query, request.caller, loop_.wall());
  if (!wanted) co_return std::unexpected(std::move(wanted).error());
  const store::Scope scope = wanted->scope;
  auto load = [wanted = *std::move(wanted)](store::Database& database) { return load_page(database, wanted); };
  const auto page = co_await database_.run(scope, std::move(load));
  if (!page) co_return std::unexpected(problem_of(page.error()));
  json::object body{{"items", to_items(page->calls)}, {"next", json::value()}};
  if (page->next) body["next"] = *page->next;
  if (page->total) body["total"] = *page->total;
  co_return Answer(std::move(body));
}

Task<Answer> Service::get_call(Request request) {
  if (!call_id_from_hex(request.id)) co_return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  CallQuery wanted{.scope = request.caller.scope, .query = {}};
  wanted.query.filters.push_back({"id", request.id});
  add_user_filter(wanted.query.filters, request.caller);
  const store::Scope scope = wanted.scope;
  auto load = [wanted = std::move(wanted)](store::Database& database) { return load_page(database, wanted); };
  const auto page = co_await database_.run(scope, std::move(load));
  if (!page) co_return std::unexpected(problem_of(page.error()));
  if (page->calls.empty()) co_return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  co_return Answer(control::write_fields(model::resource_of<model::Call>, &page->calls.front()));
}

Task<Result<std::vector<control::EndedCall>>> Service::newest_records(std::int64_t limit) {
  store::Query newest{.sort = "started_at", .descending = true, .limit = limit};
  auto load = [newest = std::move(newest)](store::Database& database) {
    return store::list<control::EndedCall>(database, {}, newest);
  };
  const store::Scope everybody;
  co_return co_await database_.run(everybody, std::move(load));
}

Task<Answer> Service::list_live_calls(Request request) {
  const auto calls = co_await live_.calls(whose(request.caller));
  co_return live_list(calls);
}

Task<Answer> Service::list_live_registrations(Request request) {
  const auto registrations = co_await live_.registrations(whose(request.caller));
  co_return live_list(registrations);
}

/// Sources and accounts of all tenants: the operator's business.
Task<Answer> Service::list_bans(Request request) {
  if (request.caller.role != store::Role::platform) co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  const auto bans = co_await live_.bans();
  co_return live_list(bans);
}

Task<Answer> Service::lift_ban(Request request) {
  if (request.caller.role != store::Role::platform) co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  const auto lifted = co_await live_.lift_ban(request.id);
  if (!lifted) co_return std::unexpected(problem_of(lifted.error()));
  co_return json::object();
}

}  // namespace carillon::api

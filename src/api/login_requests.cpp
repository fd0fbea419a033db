// SPDX-License-Identifier: GPL-3.0-or-later
// Logging in.
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "api/handlers.hpp"
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

}  // namespace

Task<Answer> log_in(Backend& backend, Request request) {
  auto login = read_login(request.http.body);
  if (!login) co_return std::unexpected(std::move(login).error());
  const auto who = co_await backend.logins.check(std::move(login->name), std::move(login->password), request.http.remote.host());
  if (!who) co_return std::unexpected(who.error());
  std::string token = make_token();
  auto open = [token, who = *who, now = backend.loop.wall()](store::Database& database) {
    return store::open_session(database, token, who, now);
  };
  const store::Scope everybody;
  const auto opened = co_await backend.database.run(everybody, std::move(open));
  if (!opened) co_return std::unexpected(problem_of(opened.error()));
  co_return json::object{{"token", token}, {"role", model::text_of(who->role)}};
}

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// Failures and answers as HTTP responses: the only place with status numbers.
#include "api/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/log.hpp"
#include "control/message.hpp"
#include "model/json.hpp"
#include "store/database.hpp"

namespace carillon::api {

namespace {

struct Shown {
  unsigned status;
  std::string_view title;
};

Shown shown(Fault fault) {
  switch (fault) {
    case Fault::bad_request:
      return {400, "Bad request"};
    case Fault::not_logged_in:
      return {401, "Not logged in"};
    case Fault::wrong_login:
      return {401, "Login failed"};
    case Fault::code_wanted:
      return {401, "Code wanted"};
    case Fault::cross_site:
      return {403, "Request of another site"};
    case Fault::password_change_wanted:
      return {403, "Password change wanted"};
    case Fault::second_factor_wanted:
      return {403, "Second factor wanted"};
    case Fault::forbidden:
      return {403, "Forbidden"};
    case Fault::not_enabled:
      return {403, "Not enabled"};
    case Fault::not_found:
      return {404, "Not found"};
    case Fault::invalid:
      return {400, "Invalid"};
    case Fault::incomplete:
      return {422, "Incomplete"};
    case Fault::in_use:
      return {409, "In use"};
    case Fault::conflict:
      return {409, "Conflict"};
    case Fault::key_used:
      return {409, "Key used"};
    case Fault::stale:
      return {412, "Changed meanwhile"};
    case Fault::method_not_allowed:
      return {405, "Method not allowed"};
    case Fault::call_ringing:
    case Fault::call_changing:
    case Fault::call_held:
    case Fault::call_not_held:
      return {409, "Not now"};
    case Fault::call_refused:
    case Fault::device_offline:
    case Fault::no_such_number:
      return {422, "Refused"};
    case Fault::bad_picture:
      return {400, "No such picture"};
    case Fault::too_large:
      return {413, "Too large"};
    case Fault::too_many_tries:
      return {429, "Too many tries"};
    case Fault::busy:
      return {503, "Busy"};
    case Fault::internal:
      break;
  }
  return {500, "Internal error"};
}

net::HttpResponse response(unsigned status, std::string_view type, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", std::string(type)},
                      {"Cache-Control", "no-store"},
                      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Strict-Transport-Security", "max-age=31536000"},
                      {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(body)};
}

net::HttpResponse problem_response(const Problem& problem) {
  const auto [status, title] = shown(problem.fault);
  boost::json::object body{{"type", "about:blank"}, {"title", title}, {"status", status}, {"code", name_of(problem.fault)}};
  if (!problem.detail.empty()) body["detail"] = problem.detail;
  if (!problem.errors.empty()) {
    boost::json::array errors;
    for (const model::FieldFault& error : problem.errors) {
      errors.push_back(boost::json::object{{"field", error.field}, {"message", error.message}});
    }
    body["errors"] = std::move(errors);
  }
  if (!problem.uses.empty()) body["uses"] = boost::json::array(problem.uses.begin(), problem.uses.end());
  net::HttpResponse made = response(status, "application/problem+json", model::write_json(body));
  if (problem.retry_after.count() > 0) made.headers.emplace_back("Retry-After", std::to_string(problem.retry_after.count()));
  if (!problem.allow.empty()) made.headers.emplace_back("Allow", problem.allow);
  // RFC 9110 §15.5.2: a 401 names a scheme.
  if (problem.fault == Fault::not_logged_in) made.headers.emplace_back("WWW-Authenticate", "Bearer");
  return made;
}

unsigned status_of(Success success) {
  switch (success) {
    case Success::ok:
      return 200;
    case Success::created:
      return 201;
    case Success::accepted:
      return 202;
    case Success::not_modified:
      return 304;
    case Success::nothing:
      break;
  }
  return 204;
}

net::HttpResponse document_response(const Document& document) {
  const bool is_json = document.type.empty();
  const bool has_body = document.success != Success::nothing && document.success != Success::not_modified;
  net::HttpResponse made = response(status_of(document.success), is_json ? "application/json" : document.type,
                                    !has_body ? ""
                                    : is_json ? model::write_json(document.body)
                                              : document.text);
  if (!has_body) std::erase_if(made.headers, [](const auto& each) { return each.first == "Content-Type"; });
  for (const auto& header : document.headers) {
    std::erase_if(made.headers, [&](const auto& each) { return each.first == header.first && header.first == "Cache-Control"; });
    made.headers.push_back(header);
  }
  return made;
}

}  // namespace

Problem problem_of(const Error& error) {
  if (error.is(store::Fault::bad_query)) return {.fault = Fault::bad_request, .detail = error.what};
  if (error.is(store::Fault::not_found) || error.is(control::Fault::not_found)) return {.fault = Fault::not_found, .detail = {}};
  if (error.is(store::Fault::key_used)) {
    return {.fault = Fault::key_used, .detail = "This Idempotency-Key came with another request: take a new one."};
  }
  if (error.is(store::Fault::stale)) return {.fault = Fault::stale, .detail = "Read it again: somebody changed it meanwhile."};
  if (error.is(store::Fault::constraint))
    return {.fault = Fault::conflict, .detail = "Something else has that name, or refers to it."};
  log::warning("api", "request.failed", {{"fault", error.code}, {"error", error}});
  const bool is_passing = error.is(store::Fault::busy) || error.is(store::Fault::open) || error.is(store::Fault::away) ||
                          error.is(store::Fault::full) || error.code.starts_with("control.");
  if (is_passing) return {.fault = Fault::busy, .detail = "A part of the platform does not answer now.", .retry_after = 2s};
  return {.fault = Fault::internal, .detail = "The platform's log says what happened."};
}

net::HttpResponse to_response(const Answer& answer) {
  return answer ? document_response(*answer) : problem_response(answer.error());
}

}  // namespace carillon::api

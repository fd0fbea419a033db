// SPDX-License-Identifier: GPL-3.0-or-later
// Every way in which a request can fail, and how that looks on the wire (RFC 9457).
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "model/validate.hpp"
#include "net/http_server.hpp"

namespace carillon::api {

enum class Fault {
  bad_request,
  not_logged_in,
  wrong_login,
  code_wanted,
  forbidden,
  not_enabled,
  cross_site,
  password_change_wanted,
  second_factor_wanted,
  not_found,
  invalid,
  incomplete,
  in_use,
  conflict,
  stale,
  key_used,
  method_not_allowed,
  call_ringing,
  call_changing,
  call_held,
  call_not_held,
  call_refused,
  device_offline,
  no_such_number,
  bad_picture,
  too_large,
  too_many_tries,
  busy,
  internal
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"api.bad_request",
                                        "api.not_logged_in",
                                        "api.wrong_login",
                                        "api.code_wanted",
                                        "api.forbidden",
                                        "api.not_enabled",
                                        "api.cross_site",
                                        "api.password_change_wanted",
                                        "api.second_factor_wanted",
                                        "api.not_found",
                                        "api.invalid",
                                        "api.incomplete",
                                        "api.in_use",
                                        "api.conflict",
                                        "api.stale",
                                        "api.key_used",
                                        "api.method_not_allowed",
                                        "api.call_ringing",
                                        "api.call_changing",
                                        "api.call_held",
                                        "api.call_not_held",
                                        "api.call_refused",
                                        "api.device_offline",
                                        "api.no_such_number",
                                        "api.bad_picture",
                                        "api.too_large",
                                        "api.too_many_tries",
                                        "api.busy",
                                        "api.internal"};
  return names[static_cast<std::size_t>(fault)];
}

struct Problem {
  Fault fault = Fault::internal;
  std::string detail;                          ///< One sentence for whoever asked.
  std::vector<model::FieldFault> errors = {};  ///< Fields and parameters at fault.
  std::chrono::seconds retry_after{};          ///< When trying again makes sense; zero: not said.
  std::vector<boost::json::object> uses = {};  ///< Of in_use: who refers to it.
  std::string allow = {};                      ///< The methods of method_not_allowed.
};

/// For who returns one in place of what was asked for.
inline std::unexpected<Problem> refused(Fault fault, std::string detail = {}, std::vector<model::FieldFault> errors = {}) {
  return std::unexpected(Problem{.fault = fault, .detail = std::move(detail), .errors = std::move(errors)});
}

/// What a failure below means to whoever asked. What is nobody else's business is logged and becomes `internal`.
Problem problem_of(const Error& error);

/// How a request that worked is answered.
enum class Success {
  ok,           ///< Here it is.
  created,      ///< A new object, which is the body; `Location` says where it is.
  accepted,     ///< It goes on behind: the body says what to ask for.
  nothing,      ///< Done, and there is no body.
  not_modified  ///< Whoever asks has it already.
};

/// What is sent back: JSON unless `type` says otherwise.
struct Document {
  Document(boost::json::value value) : body(std::move(value)) {}  // NOLINT(google-explicit-constructor): that is what answers are
  Document(boost::json::object value) : body(std::move(value)) {}  // NOLINT(google-explicit-constructor)

  boost::json::value body;
  Success success = Success::ok;
  net::HttpFields headers;
  std::string type;  ///< Of `text`, which is sent in place of the body, when it is not empty.
  std::string text;
  /// Of an answer that is written piece by piece: gets the rest of it once the head has left.
  std::function<void(net::HttpStream)> stream;
};

/// A document, or why there is none.
using Answer = std::expected<Document, Problem>;

/// Done, and there is no body.
inline Answer nothing() {
  Document document{boost::json::value()};
  document.success = Success::nothing;
  return document;
}

/// With the headers that keep browsers from making anything else of it.
net::HttpResponse to_response(const Answer& answer);

}  // namespace carillon::api

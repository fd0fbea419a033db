// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done with calls that are going on, and calls that are begun for somebody: signalling does it, this says who may,
// and reads what is wanted.
#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "api/handlers.hpp"
#include "model/json.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

constexpr std::size_t body_bytes_max = 4096;
constexpr std::size_t number_bytes_max = 64;

/// The members of a body as far as they are what they should be, and what is wrong with the rest. Ask for each member that there
/// may be, then for the problem.
class Body {
 public:
  explicit Body(const std::string& text) {
    if (text.empty()) return;  // As if it were {}.
    is_too_large_ = text.size() > body_bytes_max;
    if (is_too_large_) return;
    boost::system::error_code error;
    json::value parsed = json::parse(text, error);
    if (error || !parsed.is_object())
      is_object_ = false;
    else
      members_ = std::move(parsed.get_object());
  }

  std::string text(std::string_view name) {
    const json::value* value = take(name);
    if (value == nullptr) return {};
    if (value->is_string() && !value->get_string().empty()) return {value->get_string().data(), value->get_string().size()};
    say(name, "Write a text.");
    return {};
  }

  bool boolean(std::string_view name) {
    const json::value* value = take(name);
    if (value != nullptr && !value->is_bool()) say(name, "Write true or false.");
    return value != nullptr && value->is_bool() && value->get_bool();
  }

  template <class T>
  Id<T> id(std::string_view name) {
    const std::string written = text(name);
    const auto value = written.empty() ? std::nullopt : std::optional(from_base32(written).value_or(0));
    if (value && *value <= 0) say(name, "Write an id, as the lists show it.");
    return {value && *value > 0 ? *value : 0};
  }

  /// A number to call: what a telephone can dial.
  std::string number(std::string_view name) {
    std::string written = text(name);
    const auto is_dialled = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("+*#-_.").contains(c);
    };
    if (!members_.contains(name)) say(name, "It is missing.");
    if (written.size() > number_bytes_max || !std::ranges::all_of(written, is_dialled))
      say(name, "Write a number as it is dialled, of at most 64 characters.");
    return written;
  }

  control::CallSide side(std::string_view name) {
    const std::string written = text(name);
    if (written == "caller") return control::CallSide::caller;
    if (written == "callee") return control::CallSide::callee;
    if (!written.empty()) say(name, "Write caller or callee.");
    return control::CallSide::unsaid;
  }

  void say(std::string_view name, std::string message) {
    const bool is_said = std::ranges::any_of(errors_, [name](const model::FieldFault& each) { return each.field == name; });
    if (!is_said) errors_.push_back({std::string(name), std::move(message)});
  }

  std::optional<Problem> problem() {
    if (is_too_large_) return Problem{.fault = Fault::too_large, .detail = {}};
    if (!is_object_) return Problem{.fault = Fault::bad_request, .detail = "The body must be a JSON object."};
    for (const auto& [name, value] : members_)
      if (std::ranges::find(known_, std::string_view(name)) == known_.end()) say(name, "There is no such member.");
    if (errors_.empty()) return std::nullopt;
    return Problem{.fault = Fault::bad_request, .detail = "The body is not what this wants.", .errors = std::move(errors_)};
  }

 private:
  const json::value* take(std::string_view name) {
    known_.push_back(name);
    return members_.if_contains(name);
  }

  json::object members_;
  std::vector<std::string_view> known_;
  std::vector<model::FieldFault> errors_;
  bool is_object_ = true;
  bool is_too_large_ = false;
};

Problem no_such_call() {
  return {.fault = Fault::not_found, .detail = {}};
}

Problem refused(int sip_code) {
  if (sip_code == 404 || sip_code == 484) return {.fault = Fault::no_such_number, .detail = "That number leads nowhere."};
  return {.fault = Fault::call_refused, .detail = fmt::format("It was refused with SIP status {}.", sip_code)};
}

Problem problem_of(const control::CallReply& reply) {
  switch (reply.outcome) {
    case control::CallOutcome::ringing:
      return {.fault = Fault::call_ringing, .detail = "Nobody has answered the call yet."};
    case control::CallOutcome::changing:
      return {.fault = Fault::call_changing, .detail = "The call is being changed already.", .retry_after = 2s};
    case control::CallOutcome::held:
      return {.fault = Fault::call_held, .detail = "That side is on hold already."};
    case control::CallOutcome::not_held:
      return {.fault = Fault::call_not_held, .detail = "That side is not on hold."};
    case control::CallOutcome::refused:
      return refused(static_cast<int>(reply.sip_code));
    case control::CallOutcome::forbidden:
      return {.fault = Fault::forbidden, .detail = "Not in this login's name, or not from where the device is."};
    case control::CallOutcome::offline:
      return {.fault = Fault::device_offline, .detail = "None of the caller's devices can be reached."};
    case control::CallOutcome::busy:
      return {.fault = Fault::busy, .detail = "No new calls are taken now.", .retry_after = 5s};
    case control::CallOutcome::done:
    case control::CallOutcome::under_way:
    case control::CallOutcome::over:
      break;
  }
  return no_such_call();
}

/// `done`, or `underWay` with what is known by now.
Answer answer_of(const Result<control::CallReply>& replied) {
  if (!replied) return std::unexpected(api::problem_of(replied.error()));
  const bool is_done = replied->outcome == control::CallOutcome::done;
  if (!is_done && replied->outcome != control::CallOutcome::under_way) return std::unexpected(problem_of(*replied));
  json::object body{{"outcome", model::text_of(replied->outcome)}};
  if (replied->call != CallId{}) body["call"] = to_hex(replied->call);
  Document document(std::move(body));
  document.success = is_done ? Success::ok : Success::accepted;
  return document;
}

/// What a request wants of which call; without `to`.
std::optional<control::CallWish> wish_of(const Request& request, Body& body) {
  const auto id = call_id_from_hex(request.id);
  if (!id) return std::nullopt;
  control::CallWish wish;
  wish.call = *id;
  wish.brand = request.caller.scope.brand;
  wish.customer = request.caller.scope.customer;
  wish.user = request.caller.scope.user;
  wish.leg = body.side("leg");
  return wish;
}

}  // namespace

Task<Answer> hang_up_call(Backend& backend, Request request) {
  Body body(request.http.body);
  if (auto problem = body.problem()) co_return std::unexpected(std::move(*problem));
  const auto id = call_id_from_hex(request.id);
  if (!id) co_return std::unexpected(no_such_call());
  control::CallsHangup::Params params;
  params.call = *id;
  params.brand = request.caller.scope.brand;
  params.customer = request.caller.scope.customer;
  params.user = request.caller.scope.user;
  const auto done = co_await backend.live.hang_up(params);
  if (!done) co_return std::unexpected(api::problem_of(done.error()));
  json::object said{{"outcome", "done"}};
  co_return said;
}

Task<Answer> transfer_call(Backend& backend, Request request) {
  Body body(request.http.body);
  auto wish = wish_of(request, body);
  std::string to = body.number("to");
  if (auto problem = body.problem()) co_return std::unexpected(std::move(*problem));
  if (!wish) co_return std::unexpected(no_such_call());
  wish->to = std::move(to);
  const auto replied = co_await backend.live.transfer(std::move(*wish));
  co_return answer_of(replied);
}

Task<Answer> hold_call(Backend& backend, Request request) {
  Body body(request.http.body);
  auto wish = wish_of(request, body);
  if (auto problem = body.problem()) co_return std::unexpected(std::move(*problem));
  if (!wish) co_return std::unexpected(no_such_call());
  const auto replied = co_await backend.live.hold(std::move(*wish));
  co_return answer_of(replied);
}

Task<Answer> resume_call(Backend& backend, Request request) {
  Body body(request.http.body);
  auto wish = wish_of(request, body);
  if (auto problem = body.problem()) co_return std::unexpected(std::move(*problem));
  if (!wish) co_return std::unexpected(no_such_call());
  const auto replied = co_await backend.live.resume(std::move(*wish));
  co_return answer_of(replied);
}

Task<Answer> originate_call(Backend& backend, Request request) {
  Body body(request.http.body);
  control::CallsOriginate::Params params;
  params.brand = request.caller.scope.brand;
  params.customer = request.caller.scope.customer;
  params.asking = request.caller.scope.user;
  params.user = body.id<model::User>("user");
  params.terminal = body.id<model::Terminal>("terminal");
  params.to = body.number("to");
  params.auto_answer = body.boolean("autoAnswer");
  if (params.user && params.terminal) body.say("terminal", "Write a user or a terminal, not both.");
  if (!params.user && !params.terminal) params.user = request.caller.scope.user;
  if (!params.user && !params.terminal) body.say("user", "Write a user or a terminal.");
  if (auto problem = body.problem()) co_return std::unexpected(std::move(*problem));
  const auto replied = co_await backend.live.originate(std::move(params));
  co_return answer_of(replied);
}

}  // namespace carillon::api

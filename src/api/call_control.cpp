// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done with calls that are going on, and calls that are begun for somebody: signalling does it, this says who may,
// and reads what is wanted.
#include <boost/json/object.hpp>

#include "api/body.hpp"
#include "api/call_bodies.hpp"
#include "api/handlers.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

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
std::optional<control::CallWish> wish_of(const Request& request, control::CallSide leg) {
  const auto id = call_id_from_hex(request.id);
  if (!id) return std::nullopt;
  control::CallWish wish;
  wish.call = *id;
  wish.brand = request.caller.scope.brand;
  wish.customer = request.caller.scope.customer;
  wish.user = request.caller.scope.user;
  wish.leg = leg;
  return wish;
}

}  // namespace

Task<Answer> hang_up_call(Backend& backend, Request request) {
  control::Nothing nothing;
  if (auto read = read_body(model::resource_of<control::Nothing>, request.http.body, &nothing); !read) {
    co_return std::unexpected(std::move(read).error());
  }
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
  auto body = read_body<TransferBody>(request.http.body);
  if (!body) co_return std::unexpected(std::move(body).error());
  auto wish = wish_of(request, body->leg);
  if (!wish) co_return std::unexpected(no_such_call());
  wish->to = std::move(body->to);
  const auto replied = co_await backend.live.transfer(std::move(*wish));
  co_return answer_of(replied);
}

Task<Answer> hold_call(Backend& backend, Request request) {
  const auto body = read_body<LegBody>(request.http.body);
  if (!body) co_return std::unexpected(body.error());
  auto wish = wish_of(request, body->leg);
  if (!wish) co_return std::unexpected(no_such_call());
  const auto replied = co_await backend.live.hold(std::move(*wish));
  co_return answer_of(replied);
}

Task<Answer> resume_call(Backend& backend, Request request) {
  const auto body = read_body<LegBody>(request.http.body);
  if (!body) co_return std::unexpected(body.error());
  auto wish = wish_of(request, body->leg);
  if (!wish) co_return std::unexpected(no_such_call());
  const auto replied = co_await backend.live.resume(std::move(*wish));
  co_return answer_of(replied);
}

Task<Answer> originate_call(Backend& backend, Request request) {
  auto body = read_body<OriginateBody>(request.http.body);
  if (!body) co_return std::unexpected(std::move(body).error());
  if (body->user && body->terminal) co_return std::unexpected(field_problem("terminal", "Write a user or a terminal, not both."));
  control::CallsOriginate::Params params;
  params.brand = request.caller.scope.brand;
  params.customer = request.caller.scope.customer;
  params.asking = request.caller.scope.user;
  params.user = body->user;
  params.terminal = body->terminal;
  params.to = std::move(body->to);
  params.auto_answer = body->auto_answer;
  if (!params.user && !params.terminal) params.user = request.caller.scope.user;
  if (!params.user && !params.terminal) co_return std::unexpected(field_problem("user", "Write a user or a terminal."));
  const auto replied = co_await backend.live.originate(std::move(params));
  co_return answer_of(replied);
}

}  // namespace carillon::api

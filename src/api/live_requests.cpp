// SPDX-License-Identifier: GPL-3.0-or-later
// What goes on now, as signalling tells it.
#include "api/handlers.hpp"
#include "api/items.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

control::Whose whose(const Caller& caller) {
  control::Whose whose;
  whose.brand = caller.scope.brand;
  whose.customer = caller.scope.customer;
  whose.user = caller.scope.user;
  return whose;
}

template <class T>
Answer live_list(const Result<std::vector<T>>& listed) {
  if (!listed) return std::unexpected(problem_of(listed.error()));
  return json::object{{"items", to_items(*listed)}, {"total", listed->size()}};
}

}  // namespace

Task<Answer> list_live_calls(Backend& backend, Request request) {
  const auto calls = co_await backend.live.calls(whose(request.caller));
  co_return live_list(calls);
}

Task<Answer> list_live_registrations(Backend& backend, Request request) {
  const auto registrations = co_await backend.live.registrations(whose(request.caller));
  co_return live_list(registrations);
}

/// Carriers are the brand's business.
Task<Answer> list_live_carrier_registrations(Backend& backend, Request request) {
  const bool is_brands = request.caller.role == store::Role::platform || request.caller.role == store::Role::brand;
  if (!is_brands) co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  const auto registrations = co_await backend.live.carrier_registrations(whose(request.caller));
  co_return live_list(registrations);
}

/// Sources and accounts of all tenants: the operator's business.
Task<Answer> list_bans(Backend& backend, Request request) {
  if (request.caller.role != store::Role::platform) co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  const auto bans = co_await backend.live.bans();
  co_return live_list(bans);
}

Task<Answer> lift_ban(Backend& backend, Request request) {
  if (request.caller.role != store::Role::platform) co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  const auto lifted = co_await backend.live.lift_ban(request.id);
  if (!lifted) co_return std::unexpected(problem_of(lifted.error()));
  co_return json::object();
}

}  // namespace carillon::api

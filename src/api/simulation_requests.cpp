// SPDX-License-Identifier: GPL-3.0-or-later
// Where an imagined call would go: signalling tells it from the configuration that its calls see, this says who may ask about
// whom.
#include <boost/json/object.hpp>

#include "api/body.hpp"
#include "api/call_bodies.hpp"
#include "api/handlers.hpp"
#include "control/message.hpp"

namespace carillon::api {

namespace {

using Params = control::CallsExplain::Params;

/// What signalling is asked.
std::expected<Params, Problem> read(const Request& request) {
  auto body = read_body<SimulateBody>(request.http.body);
  if (!body) return std::unexpected(std::move(body).error());
  const Caller& caller = request.caller;
  const bool is_operator = model::reaches(caller.role, model::Role::brand);
  if (body->carrier && !is_operator) return refused(Fault::forbidden, "Calls of carriers are the brand's business.");
  if (body->carrier && body->customer)
    return std::unexpected(field_problem("customer", "The number called says whose call it is."));
  if (body->customer && caller.scope.customer && body->customer != caller.scope.customer) return refused(Fault::not_found);
  Params params;
  params.brand = caller.scope.brand;
  params.customer = body->customer ? body->customer : caller.scope.customer;
  params.asking = caller.scope.user;
  params.from = std::move(body->from);
  params.carrier = body->carrier;
  params.to = std::move(body->to);
  params.as = std::move(body->as);
  params.at = body->at;
  params.hides_routes = !is_operator;
  if (params.from.empty() && params.asking) params.from = to_base32(params.asking.value);
  if (params.from.empty()) return std::unexpected(field_problem("from", "Write who calls."));
  if (!params.carrier && !params.customer) return std::unexpected(field_problem("customer", "Write whose telephone calls."));
  return params;
}

}  // namespace

Task<Answer> simulate_call(Backend& backend, Request request) {
  auto params = read(request);
  if (!params) co_return std::unexpected(std::move(params).error());
  const auto story = co_await backend.live.explain(*std::move(params));
  if (!story) co_return std::unexpected(problem_of(story.error()));
  co_return control::write_fields(model::resource_of<control::CallStory>, &*story);
}

}  // namespace carillon::api

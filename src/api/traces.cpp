// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call went where it went: its trace, for whoever administers the customer whose call it is.
#include "trace/story.hpp"

#include "api/accepted.hpp"
#include "api/handlers.hpp"
#include "api/items.hpp"

namespace carillon::api {

Task<Answer> get_call_trace(Backend& backend, Request request) {
  if (request.caller.role == store::Role::user) {
    // In there are the other party's address and number, and what others of the company decided.
    co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = "Administrators alone see traces."});
  }
  const std::optional<CallId> call = call_id_from_hex(request.id);
  if (!call) co_return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  control::TraceGet::Params params;
  params.call = *call;
  params.brand = request.caller.scope.brand;
  params.customer = request.caller.scope.customer;
  params.hides_carriers = !model::reaches(request.caller.role, model::Role::brand);
  const auto story = co_await backend.live.trace(params);
  if (!story) co_return std::unexpected(problem_of(story.error()));
  if (!wants_rather(request.http.header("accept"), "text/plain"))
    co_return boost::json::object{{"items", to_items(*story)}, {"total", story->size()}};
  Document ladder(boost::json::object{});
  ladder.type = "text/plain; charset=utf-8";
  ladder.text = trace::draw_ladder(*story);
  co_return ladder;
}

}  // namespace carillon::api

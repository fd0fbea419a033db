// SPDX-License-Identifier: GPL-3.0-or-later
// Every operation of the API, one line each.
#include "api/handlers.hpp"
#include "control/methods.hpp"
#include "model/call.hpp"

namespace carillon::api {

const std::vector<Route>& routes() {
  static constexpr const model::Resource* call = &model::resource_of<model::Call>;
  static constexpr const model::Resource* live_call = &model::resource_of<control::LiveCall>;
  static constexpr const model::Resource* registration = &model::resource_of<control::LiveRegistration>;
  static constexpr const model::Resource* ban = &model::resource_of<control::LiveBan>;
  static const std::vector<Route> all = {
      {{"login", "POST", "/auth/login", "Log in", Shape::login, nullptr, {}, true}, &log_in},
      {{"describe", "GET", "/openapi.json", "This description", Shape::document, nullptr, {}, true}, &describe_api},
      {{"listCalls", "GET", "/calls", "Calls that are over", Shape::paged_list, call, "Call"}, &list_calls},
      {{"getCall", "GET", "/calls/{id}", "One call that is over", Shape::object, call, "Call"}, &get_call},
      {{"listLiveCalls", "GET", "/live/calls", "Calls that are going on", Shape::live_list, live_call, "LiveCall"},
       &list_live_calls},
      {{"listLiveRegistrations", "GET", "/live/registrations", "Devices that can be reached", Shape::live_list, registration,
        "LiveRegistration"},
       &list_live_registrations},
      {{"watchLiveEvents", "GET", "/live/events", "What changes in the live lists, as it happens", Shape::events},
       &watch_live_events},
      {{"listBans", "GET", "/live/bans", "Who is kept out", Shape::live_list, ban, "LiveBan"}, &list_bans},
      {{"liftBan", "DELETE", "/live/bans/{id}", "Let an address or account in again", Shape::document}, &lift_ban},
  };
  return all;
}

Task<Answer> describe_api(Backend&, Request) {
  std::vector<Operation> operations;
  for (const Route& route : routes()) operations.push_back(route.operation);
  co_return Answer(describe(operations));
}

}  // namespace carillon::api

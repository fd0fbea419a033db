// SPDX-License-Identifier: GPL-3.0-or-later
// A route is about one pattern or one group, and leads to a carrier unless it blocks.
#include "api/rules.hpp"
#include "model/outgoing_route.hpp"

namespace carillon::api {

Result<> rule_outgoing_route(Draft& draft) {
  constexpr Room room{.field = "brand",
                      .count = "SELECT count(*) FROM outgoing_routes WHERE brand = ? AND id <> ?",
                      .what = "routes",
                      .most = 5000};
  const auto& route = draft.object.as<model::OutgoingRoute>();
  const bool blocks = route.mode == model::RouteMode::block;
  if (!route.target_pattern && !route.target_group) draft.faults.push_back({"targetPattern", "or targetGroup is required"});
  if (route.target_pattern && route.target_group)
    draft.faults.push_back({"targetGroup", "and targetPattern cannot both be said"});
  if (!blocks && !route.carrier) draft.faults.push_back({"carrier", "is required"});
  if (blocks && route.carrier) draft.faults.push_back({"carrier", "is not of a route that blocks"});
  return check_room(draft, room, route.brand.value);
}

}  // namespace carillon::api

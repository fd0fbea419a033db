// SPDX-License-Identifier: GPL-3.0-or-later
// Which carrier takes the calls to some numbers. Of those that fit, the smallest priority is tried first and others when it
// fails; equal ones share the calls by weight.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class RouteMode : std::uint8_t {
  carrier,
  block  ///< Calls that it fits are refused, whatever other routes say.
};
inline constexpr std::string_view route_mode_names[] = {"carrier", "block"};
constexpr std::span<const std::string_view> choices(RouteMode) {
  return route_mode_names;
}

struct OutgoingRoute {
  RESOURCE(OutgoingRoute, outgoing_routes)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<OutgoingRoute>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer)             // None: for all of the brand's.
  FIELD(Id<TargetPattern>, target_pattern)  // One of these two.
  FIELD(Id<TargetGroup>, target_group)
  FIELD(Id<RoutingTag>, routing_tag)  // Of calls that are dialled with it; none: of those without any.
  FIELD(RouteMode, mode)
  FIELD(Id<Carrier>, carrier)                                    // Unless it blocks.
  FIELD(Integer, priority, .min = 0, .max = 9999, .initial = 1)  // Smaller first.
  FIELD(Integer, weight, .min = 1, .max = 1000, .initial = 1)
  FIELD(Boolean, stopper)  // Where it fits, routes of greater priority numbers are not tried.
  FIELD(Text, description, .max = 190)
};

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// A tag is told from a number by its form, and every call of the brand looks for it, so there is room for so many.
#include "api/rules.hpp"
#include "model/customer_routing_tag.hpp"
#include "model/routing_tag.hpp"

namespace carillon::api {

Result<> rule_routing_tag(Draft& draft) {
  constexpr Room room{.field = "brand",
                      .count = "SELECT count(*) FROM routing_tags WHERE brand = ? AND id <> ?",
                      .what = "routing tags",
                      .most = 1000};
  const auto& tag = draft.object.as<model::RoutingTag>();
  if (!tag.tag.empty() && model::leading_tag(tag.tag) != tag.tag) draft.faults.push_back({"tag", "must be 1 to 3 digits and #"});
  return check_room(draft, room, tag.brand.value);
}

Result<> rule_customer_routing_tag(Draft& draft) {
  constexpr Room room{.field = "customer",
                      .count = "SELECT count(*) FROM customer_routing_tags WHERE customer = ? AND id <> ?",
                      .what = "routing tags",
                      .most = 100};
  return check_room(draft, room, draft.object.as<model::CustomerRoutingTag>().customer.value);
}

}  // namespace carillon::api

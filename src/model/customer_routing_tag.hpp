// SPDX-License-Identifier: GPL-3.0-or-later
// That a customer may dial a routing tag.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct CustomerRoutingTag {
  RESOURCE(CustomerRoutingTag, customer_routing_tags)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<CustomerRoutingTag>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .required = true, .fixed = true, .part = true)
  FIELD(Id<RoutingTag>, routing_tag, .required = true, .fixed = true, .part = true)
};

}  // namespace carillon::model

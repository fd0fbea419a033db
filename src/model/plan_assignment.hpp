// SPDX-License-Identifier: GPL-3.0-or-later
// That a customer's calls have the prices of a plan, from when to when.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct PlanAssignment {
  RESOURCE(PlanAssignment, plan_assignments)
  static constexpr Access access{.read = Role::brand, .write = Role::brand, .feature = Feature::billing};
  FIELD(Id<PlanAssignment>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .fixed = true, .part = true)
  FIELD(Id<PricingPlan>, pricing_plan, .required = true, .fixed = true)
  FIELD(Instant, valid_from)                                   // None: as long as anybody remembers.
  FIELD(Instant, valid_to)                                     // Not at this instant any more; none: for good.
  FIELD(Integer, metric, .min = 0, .max = 9999, .initial = 1)  // Where two plans have the same prefix, the smaller counts.
};

}  // namespace carillon::model

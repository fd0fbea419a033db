// SPDX-License-Identifier: GPL-3.0-or-later
// A price list of a brand's, for as many of its customers as it likes.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct PricingPlan {
  RESOURCE(PricingPlan, pricing_plans)
  static constexpr Access access{.read = Role::brand, .write = Role::brand, .feature = Feature::billing};
  FIELD(Id<PricingPlan>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Text, name, .unique = Unique::brand, .required = true, .title = true, .max = 64)
  FIELD(Text, description, .max = 190)
  FIELD(Text, currency, .form = Form::currency, .required = true, .fixed = true)  // Of all its amounts.
};

}  // namespace carillon::model

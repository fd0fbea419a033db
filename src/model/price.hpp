// SPDX-License-Identifier: GPL-3.0-or-later
// What calls to the numbers of a prefix cost by one plan.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

constexpr std::int64_t price_max = 1'000'000'000'000;  ///< Millionths: a million.

struct Price {
  RESOURCE(Price, prices)
  static constexpr Access access{.read = Role::brand, .write = Role::brand, .feature = Feature::billing};
  FIELD(Id<Price>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<PricingPlan>, pricing_plan, .required = true, .fixed = true, .part = true)
  FIELD(Text, name, .required = true, .title = true, .max = 64)  // "Spain, mobile"
  FIELD(Text, prefix, .required = true, .max = 16)               // "+346": the longest that fits counts. One of each in a plan.
  FIELD(Money, connection, .max = price_max)                     // Once, when somebody answers.
  FIELD(Money, per_minute, .max = price_max)
  FIELD(Integer, period_seconds, .min = 1, .max = 3600, .initial = 1)  // Time is charged in whole periods.
};

}  // namespace carillon::model

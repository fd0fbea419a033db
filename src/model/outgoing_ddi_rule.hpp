// SPDX-License-Identifier: GPL-3.0-or-later
// With which DDI somebody calls outside, where it is not the same for all numbers: its entries in order, and what counts when
// none fits.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class DdiPolicy : std::uint8_t {
  keep,  ///< The DDI that the caller has anyway.
  force  ///< The one that is named.
};
inline constexpr std::string_view ddi_policy_names[] = {"keep", "force"};
constexpr std::span<const std::string_view> choices(DdiPolicy) {
  return ddi_policy_names;
}

struct OutgoingDdiRule {
  RESOURCE(OutgoingDdiRule, outgoing_ddi_rules)
  FIELD(Id<OutgoingDdiRule>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Text, name, .unique = Unique::customer, .required = true, .title = true, .max = 64)
  FIELD(DdiPolicy, policy)
  FIELD(Id<Ddi>, ddi)  // Where it forces one.
};

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// Which external numbers somebody may call: its rules in order, and what counts when none fits.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class AclPolicy : std::uint8_t { allow, deny };
inline constexpr std::string_view acl_policy_names[] = {"allow", "deny"};
constexpr std::span<const std::string_view> choices(AclPolicy) {
  return acl_policy_names;
}

struct CallAcl {
  RESOURCE(CallAcl, call_acls)
  FIELD(Id<CallAcl>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Text, name, .unique = Unique::customer, .required = true, .title = true, .max = 64)
  FIELD(AclPolicy, policy, .initial = static_cast<std::int64_t>(AclPolicy::deny))  // Of numbers that no rule is about.
};

}  // namespace carillon::model

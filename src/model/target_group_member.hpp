// SPDX-License-Identifier: GPL-3.0-or-later
// That a target pattern is in a group.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct TargetGroupMember {
  RESOURCE(TargetGroupMember, target_group_members)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<TargetGroupMember>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true, .part = true)  // It came with it.
  FIELD(Id<TargetGroup>, target_group, .required = true, .fixed = true, .part = true)
  FIELD(Id<TargetPattern>, target_pattern, .required = true, .fixed = true, .part = true)
};

}  // namespace carillon::model

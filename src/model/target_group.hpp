// SPDX-License-Identifier: GPL-3.0-or-later
// Target patterns under one name: a continent, a price zone. A pattern may be in many.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct TargetGroup {
  RESOURCE(TargetGroup, target_groups)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<TargetGroup>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true, .part = true)  // It came with it.
  FIELD(Text, name, .unique = Unique::brand, .required = true, .title = true, .max = 64)
  FIELD(Text, description, .max = 190)
};

}  // namespace carillon::model

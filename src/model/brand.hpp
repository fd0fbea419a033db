// SPDX-License-Identifier: GPL-3.0-or-later
// The reseller: the operator who bills customers. Everything below the platform belongs to exactly one.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct Brand {
  RESOURCE(Brand, brands)
  static constexpr Access access{.read = Role::brand, .write = Role::platform};
  FIELD(Id<Brand>, id, .tenant = Tenant::brand, .read_only = true)
  FIELD(Text, name, .unique = Unique::platform, .required = true, .title = true, .max = 64)
  FIELD(Text, language, .form = Form::language, .required = true, .write = Role::brand)
  FIELD(Text, time_zone, .form = Form::time_zone, .required = true, .write = Role::brand)
  FIELD(Text, currency, .form = Form::currency, .required = true)
};

}  // namespace carillon::model

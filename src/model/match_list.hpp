// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and patterns under one name, for whatever asks whether a number is one of them. A brand's are lent to its customers.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct MatchList {
  RESOURCE(MatchList, match_lists)
  static constexpr Access access{.is_lent = true};
  FIELD(Id<MatchList>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .read_only = true)  // None: the brand's.
  FIELD(Text, name, .unique = Unique::customer, .required = true, .title = true, .max = 64)
  FIELD(Text, description, .max = 190)
};

}  // namespace carillon::model

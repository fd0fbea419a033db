// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers that the platform gave a brand: those that begin like one of `first` to `last`. No number is in two blocks, whosever.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct NumberBlock {
  RESOURCE(NumberBlock, number_blocks)
  static constexpr Access access{.read = Role::brand, .write = Role::platform};
  FIELD(Id<NumberBlock>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Text, first, .required = true, .title = true, .max = 16)  // +34941 or +34941941000
  FIELD(Text, last, .title = true, .max = 16)                     // Of as many digits; empty: `first`.
  FIELD(Text, description, .max = 190)
  FIELD(Integer, low, .read_only = true, .derived = true, .hidden = true)   // The least of their numbers with 15 digits,
  FIELD(Integer, high, .read_only = true, .derived = true, .hidden = true)  // and the greatest.
};

}  // namespace carillon::model

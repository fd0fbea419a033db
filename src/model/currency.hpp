// SPDX-License-Identifier: GPL-3.0-or-later
// A currency as others name it by its code.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct Currency {
  RESOURCE(Currency, currencies)
  static constexpr Access access = Access::of_catalogue();
  FIELD(Id<Currency>, id, .read_only = true)
  FIELD(Text, code, .form = Form::currency, .unique = Unique::platform, .required = true, .fixed = true, .title = true)  // EUR
  FIELD(Text, name_en, .required = true, .max = 64)
  FIELD(Text, name_es, .required = true, .max = 64)
  FIELD(Integer, decimals, .fixed = true, .max = 4)  // Of its amounts, as people write them.
};

}  // namespace carillon::model

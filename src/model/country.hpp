// SPDX-License-Identifier: GPL-3.0-or-later
// A country as others name it by its code: what it is called, how it is dialled, and whom one calls in an emergency.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct Country {
  RESOURCE(Country, countries)
  static constexpr Access access = Access::of_catalogue();
  FIELD(Id<Country>, id, .read_only = true)
  FIELD(Text, code, .form = Form::country, .unique = Unique::platform, .required = true, .fixed = true, .title = true)  // ES
  FIELD(Text, name_en, .required = true, .max = 64)
  FIELD(Text, name_es, .required = true, .max = 64)
  FIELD(Text, calling_code, .form = Form::digits, .required = true, .max = 4)  // Without +: 34
  FIELD(Text, emergency_numbers, .form = Form::numbers)                        // "112 091"; none: nobody said which.
};

}  // namespace carillon::model

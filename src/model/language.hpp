// SPDX-License-Identifier: GPL-3.0-or-later
// A language as others name it by its code, with or without a country behind it: es, es_MX.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct Language {
  RESOURCE(Language, languages)
  static constexpr Access access = Access::of_catalogue();
  FIELD(Id<Language>, id, .read_only = true)
  FIELD(Text, code, .form = Form::language, .unique = Unique::platform, .required = true, .fixed = true, .title = true)  // es
  FIELD(Text, name_en, .required = true, .max = 64)
  FIELD(Text, name_es, .required = true, .max = 64)
};

}  // namespace carillon::model

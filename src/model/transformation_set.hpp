// SPDX-License-Identifier: GPL-3.0-or-later
// How somebody writes numbers: rules that many carriers and customers may share. What it says of dialling, rules are made from.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct TransformationSet {
  RESOURCE(TransformationSet, transformation_sets)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<TransformationSet>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Text, name, .unique = Unique::brand, .required = true, .title = true, .max = 64)
  FIELD(Text, description, .max = 190)
  FIELD(Text, country, .form = Form::country)
  FIELD(Text, calling_code, .form = Form::digits, .max = 4)  // Without +: 34
  FIELD(Text, international_prefix, .max = 16)               // Dialled before a calling code: 00, or 0[01].
  FIELD(Text, trunk_prefix, .form = Form::digits, .max = 4)  // Dialled before a national number: 0; often none.
  FIELD(Text, area_code, .form = Form::digits, .max = 6)     // Left out by neighbours; none: nobody leaves one out.
  FIELD(Integer, national_length, .max = 14)                 // Digits of a national number; 0: it varies.
};

}  // namespace carillon::model

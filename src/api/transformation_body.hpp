// SPDX-License-Identifier: GPL-3.0-or-later
// What is said to try a transformation set.
#pragma once

#include "model/transformation_rule.hpp"

namespace carillon::api {

using model::Text;

struct TransformationTestBody {
  RESOURCE(TransformationTestBody, transformation_test)
  FIELD(model::TransformationDirection, direction)
  FIELD(Text, number, .required = true, .max = 64)
};

}  // namespace carillon::api

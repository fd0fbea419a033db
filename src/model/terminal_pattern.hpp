// SPDX-License-Identifier: GPL-3.0-or-later
// Which numbers are behind a PBX of the customer's: who dials one of them inside calls it there.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct TerminalPattern {
  RESOURCE(TerminalPattern, terminal_patterns)
  FIELD(Id<TerminalPattern>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Id<Terminal>, terminal, .required = true, .fixed = true, .part = true)
  FIELD(Text, pattern, .required = true, .title = true,
        .max = 512)  // Regular expression: of the number as dialled, or in E.164 with +.
  FIELD(Text, description, .max = 190)
};

}  // namespace carillon::model

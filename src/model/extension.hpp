// SPDX-License-Identifier: GPL-3.0-or-later
// A short number inside a customer and where it leads.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct Extension {
  RESOURCE(Extension, extensions)
  FIELD(Id<Extension>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Text, number, .form = Form::digits, .unique = Unique::customer, .required = true, .title = true, .min = 2, .max = 20)
  FIELD(Id<Target>, target, .required = true)  // In the same customer.
};

}  // namespace carillon::model

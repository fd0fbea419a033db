// SPDX-License-Identifier: GPL-3.0-or-later
// A SIP domain: what stands behind the @ and names the customer. Also the realm of its digest credentials.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct Domain {
  RESOURCE(Domain, domains)
  FIELD(Id<Domain>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Text, name, .form = Form::domain, .unique = Unique::platform, .required = true, .title = true, .max = 190)
};

}  // namespace carillon::model

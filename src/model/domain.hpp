// SPDX-License-Identifier: GPL-3.0-or-later
// A SIP domain: what stands behind the @ and names the customer, or the brand in whose domain all its retail accounts live. Also
// the realm of their digest credentials.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct Domain {
  RESOURCE(Domain, domains)
  static constexpr Access access{.is_lent = true};
  FIELD(Id<Domain>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .read_only = true)  // None: the brand's.
  FIELD(Text, name, .form = Form::domain, .unique = Unique::platform, .required = true, .title = true, .max = 190)
};

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// Where a customer's telephones may be, while its `ip_filter` is on: addresses from which they may register and call.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct CustomerNetwork {
  RESOURCE(CustomerNetwork, networks)
  FIELD(Id<CustomerNetwork>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Text, network, .form = Form::network, .unique = Unique::customer, .required = true, .title = true,
        .max = 49)  // 203.0.113.0/24
  FIELD(Text, description, .max = 190)
};

}  // namespace carillon::model

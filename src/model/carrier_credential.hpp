// SPDX-License-Identifier: GPL-3.0-or-later
// With which login and password a carrier knows a customer, or one telephone of it: they answer its challenges in place of those
// of the carrier's server.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

/// Customers know nothing of carriers: it is the brand's.
struct CarrierCredential {
  RESOURCE(CarrierCredential, carrier_credentials)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<CarrierCredential>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Carrier>, carrier, .required = true, .fixed = true, .part = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .fixed = true, .part = true)
  FIELD(Id<Terminal>, terminal, .fixed = true, .part = true)  // Its calls alone; none: those of all that have none of their own.
  FIELD(Text, username, .form = Form::name, .required = true, .title = true, .max = 128)
  FIELD(Text, realm, .required = true, .max = 190)  // Of this realm alone challenges are answered (reliability T-05).
  FIELD(Secret, password, .transient = true, .max = 128)
  FIELD(Secret, ha1_md5, .read_only = true)
  FIELD(Secret, ha1_sha256, .read_only = true)
};

}  // namespace carillon::model

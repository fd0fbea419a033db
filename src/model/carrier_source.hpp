// SPDX-License-Identifier: GPL-3.0-or-later
// From where else than its servers a carrier's calls come.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct CarrierSource {
  RESOURCE(CarrierSource, carrier_sources)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<CarrierSource>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Carrier>, carrier, .required = true, .part = true)
  FIELD(Text, network, .form = Form::network, .required = true, .title = true, .max = 49)
  FIELD(Integer, port, .max = 65535)  // 0: any.
  FIELD(Text, description, .max = 190)
};

}  // namespace carillon::model

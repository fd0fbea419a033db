// SPDX-License-Identifier: GPL-3.0-or-later
// Who carries calls to the world and brings calls from it: one contract of a brand's, with its servers.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"
#include "model/redirecting.hpp"

namespace carillon::model {

struct Carrier {
  RESOURCE(Carrier, carriers)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<Carrier>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Text, name, .unique = Unique::brand, .required = true, .title = true, .max = 64)
  FIELD(Text, description, .max = 190)
  FIELD(Id<TransformationSet>, transformation_set)  // Its way of writing numbers; none: E.164 with +.
  FIELD(Boolean, active, .initial = true)           // Else no call goes to it or comes from it.
  FIELD(Boolean, externally_rated)                  // Somebody else puts prices on its calls: they need none here.
  FIELD(Integer, max_calls, .max = 100'000)         // At a time; 0: as many as there are.
  FIELD(Boolean, trusted)                           // Keeps withheld numbers to itself, so it is told who calls (RFC 3325).
  FIELD(Redirecting, diversion, .initial = static_cast<std::int64_t>(Redirecting::network))  // Who forwarded a call (RFC 5806),
  FIELD(Redirecting, history_info)                                                           // and in History-Info (RFC 7044).
};

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// A portal is known by the host of its address.
#include "api/rules.hpp"
#include "model/portal.hpp"

namespace carillon::api {

Result<> rule_portal(Draft& draft) {
  for (model::FieldFault& fault : model::check_portal(draft.object.as<model::Portal>())) draft.faults.push_back(std::move(fault));
  return {};
}

}  // namespace carillon::api

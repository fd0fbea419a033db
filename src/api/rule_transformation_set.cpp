// SPDX-License-Identifier: GPL-3.0-or-later
// What a set says of dialling can be made rules of; its calling code is its country's when nobody says another.
#include "api/rules.hpp"
#include "dialplan/transformation_rules.hpp"
#include "store/catalogues.hpp"

namespace carillon::api {

Result<> rule_transformation_set(Draft& draft) {
  auto& set = draft.object.as<model::TransformationSet>();
  if (!set.international_prefix.empty() && !dialplan::is_international_prefix(set.international_prefix))
    draft.faults.push_back({"internationalPrefix", "must be of digits, * and #, or classes of digits"});
  if (!set.calling_code.empty() || set.country.empty()) return {};
  CARILLON_TRY(code, store::calling_code_of(draft.edit.database(), set.country));
  if (code)
    set.calling_code = *code;
  else
    draft.faults.push_back({"country", "is in no catalogue"});
  return {};
}

}  // namespace carillon::api

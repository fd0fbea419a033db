// SPDX-License-Identifier: GPL-3.0-or-later
// A new brand begins with target patterns of all countries, and with a list of numbers that its new customers may not call. What
// is denied to customers is a list of the brand's: none of a customer's, whose people could empty it.
#include "api/rules.hpp"
#include "model/brand.hpp"
#include "model/match_list.hpp"
#include "store/country_targets.hpp"
#include "store/high_cost_numbers.hpp"

namespace carillon::api {

Result<> check_denied_list(Draft& draft, Id<model::MatchList> id) {
  if (!id) return {};
  const auto list = store::find(draft.edit.database(), draft.edit.scope(), id);
  if (!list && list.error().is(store::Fault::not_found)) return {};  // The reference is looked at later.
  if (!list) return std::unexpected(list.error());
  if (list->customer) draft.faults.push_back({"deniedNumbers", "must be a list of the brand's"});
  return {};
}

Result<> rule_brand(Draft& draft) {
  CARILLON_CHECK(check_numbers_from(draft));
  return check_denied_list(draft, draft.object.as<model::Brand>().denied_numbers);
}

Result<> companions_of_brand(store::Edit& edit, model::Object& object) {
  auto& brand = object.as<model::Brand>();
  CARILLON_CHECK(store::make_country_targets(edit.database(), brand.id, edit.now()));
  CARILLON_TRY(list, store::make_high_cost_numbers(edit.database(), brand.id, edit.now()));
  brand.denied_numbers = list;
  return {};
}

}  // namespace carillon::api

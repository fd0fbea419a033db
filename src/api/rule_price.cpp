// SPDX-License-Identifier: GPL-3.0-or-later
// A price is of a prefix in E.164 with +, which its plan has once.
#include "api/rules.hpp"
#include "model/number.hpp"
#include "model/price.hpp"

namespace carillon::api {

namespace {

Result<bool> has_prefix(Draft& draft) {
  const auto& price = draft.object.as<model::Price>();
  CARILLON_TRY(statement,
               draft.edit.database().prepare("SELECT 1 FROM prices WHERE pricing_plan = ? AND prefix = ? AND id <> ?"));
  statement->bind(1, price.pricing_plan.value);
  statement->bind(2, price.prefix);
  statement->bind(3, price.id.value);
  return statement->step();
}

}  // namespace

Result<> rule_price(Draft& draft) {
  constexpr Room room{.field = "pricingPlan",
                      .count = "SELECT count(*) FROM prices WHERE pricing_plan = ? AND id <> ?",
                      .what = "prices",
                      .most = 200'000};
  auto& price = draft.object.as<model::Price>();
  // Counting takes a while: once for all lines that an import makes together.
  if (draft.before == nullptr && !draft.edit.has_changes()) CARILLON_CHECK(check_room(draft, room, price.pricing_plan.value));
  if (price.prefix.empty()) return {};  // Refused later.
  const std::string said = price.prefix;
  if (!said.starts_with('+')) price.prefix.insert(0, "+");
  note_conversion(draft, "prefix", said, price.prefix);
  if (!model::is_number_prefix(price.prefix)) {
    draft.faults.push_back({"prefix", "must be 1 to 15 digits, the first of them not 0"});
    return {};
  }
  CARILLON_TRY(is_taken, has_prefix(draft));
  if (is_taken) draft.faults.push_back({"prefix", "is in this plan already"});
  return {};
}

}  // namespace carillon::api

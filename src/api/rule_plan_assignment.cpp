// SPDX-License-Identifier: GPL-3.0-or-later
// An assignment begins before it ends, and is of a plan in the money of the customer's bills.
#include "api/rules.hpp"
#include "model/customer.hpp"
#include "model/plan_assignment.hpp"
#include "model/pricing_plan.hpp"

namespace carillon::api {

namespace {

/// The currency of the customer's bills, empty when there is no such customer: that is looked at later.
Result<std::string> currency_of_bills(Draft& draft, const model::PlanAssignment& assignment) {
  CARILLON_TRY(statement, draft.edit.database().prepare("SELECT CASE WHEN customers.currency = '' THEN brands.currency ELSE "
                                                        "customers.currency END FROM customers JOIN brands ON brands.id = "
                                                        "customers.brand WHERE customers.id = ?"));
  statement->bind(1, assignment.customer.value);
  CARILLON_TRY(is_there, statement->step());
  return is_there ? std::string(statement->text(0)) : std::string();
}

Result<std::string> currency_of_plan(Draft& draft, const model::PlanAssignment& assignment) {
  CARILLON_TRY(statement, draft.edit.database().prepare("SELECT currency FROM pricing_plans WHERE id = ?"));
  statement->bind(1, assignment.pricing_plan.value);
  CARILLON_TRY(is_there, statement->step());
  return is_there ? std::string(statement->text(0)) : std::string();
}

}  // namespace

Result<> rule_plan_assignment(Draft& draft) {
  constexpr Room room{.field = "customer",
                      .count = "SELECT count(*) FROM plan_assignments WHERE customer = ? AND id <> ?",
                      .what = "assignments",
                      .most = 200};
  const auto& assignment = draft.object.as<model::PlanAssignment>();
  CARILLON_CHECK(check_room(draft, room, assignment.customer.value));
  const bool has_end = assignment.valid_to != Instant{};
  if (has_end && assignment.valid_to <= assignment.valid_from) draft.faults.push_back({"validTo", "must be after validFrom"});
  if (draft.before != nullptr) return {};
  CARILLON_TRY(bills, currency_of_bills(draft, assignment));
  CARILLON_TRY(plan, currency_of_plan(draft, assignment));
  if (!bills.empty() && !plan.empty() && bills != plan)
    draft.faults.push_back({"pricingPlan", fmt::format("is in {}, the customer's bills in {}", plan, bills)});
  return {};
}

}  // namespace carillon::api

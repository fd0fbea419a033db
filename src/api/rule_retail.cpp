// SPDX-License-Identifier: GPL-3.0-or-later
// A retail customer has accounts in its brand's domain: no domain of its own, and no extensions.
#include <algorithm>

#include "api/rules.hpp"
#include "model/domain.hpp"
#include "model/extension.hpp"

namespace carillon::api {

namespace {

Result<bool> is_retail(const Draft& draft, Id<model::Customer> id) {
  const auto customer = store::find(draft.edit.database(), draft.edit.scope(), id);
  if (!customer && customer.error().is(store::Fault::not_found)) return false;  // The reference is looked at later.
  if (!customer) return std::unexpected(customer.error());
  return customer->kind == model::CustomerKind::retail;
}

}  // namespace

namespace {

Result<bool> finds(Draft& draft, std::string_view sql, std::int64_t value) {
  CARILLON_TRY(statement, draft.edit.database().prepare(sql));
  statement->bind(1, value);
  return statement->step();
}

}  // namespace

Result<> rule_domain(Draft& draft) {
  const auto& domain = draft.object.as<model::Domain>();
  const bool is_renamed = draft.before != nullptr && draft.before->as<model::Domain>().name != domain.name;
  if (is_renamed) {
    CARILLON_TRY(is_realm, finds(draft, "SELECT 1 FROM terminals WHERE domain = ?", domain.id.value));
    if (is_realm) draft.faults.push_back({"name", "is in the passwords of telephones: make another domain for them"});
  }
  if (draft.before == nullptr && !domain.customer) {
    CARILLON_TRY(has_one, finds(draft, "SELECT 1 FROM domains WHERE brand = ? AND customer IS NULL", domain.brand.value));
    if (has_one) draft.faults.push_back({"customer", "is required: the brand has its own domain already"});
  }
  if (!domain.customer) return {};
  CARILLON_TRY(retail, is_retail(draft, domain.customer));
  if (retail) draft.faults.push_back({"customer", "is retail: its telephones register in a domain of the brand"});
  return {};
}

Result<> rule_extension(Draft& draft) {
  CARILLON_TRY(retail, is_retail(draft, draft.object.as<model::Extension>().customer));
  if (retail) draft.faults.push_back({"customer", "is retail: it has no extensions"});
  if (!has_changed(draft, &model::Extension::number)) return {};
  const auto& extension = draft.object.as<model::Extension>();
  CARILLON_TRY(numbers, help_numbers(draft, extension.customer));
  if (std::ranges::find(numbers, extension.number) != numbers.end())
    draft.faults.push_back({"number", "is dialled for help in the customer's country"});
  return {};
}

}  // namespace carillon::api

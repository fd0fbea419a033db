// SPDX-License-Identifier: GPL-3.0-or-later
// A customer has no more than its brand, neither features nor a kind that the brand does not sell; and a calling code, its
// country's when nobody says another.
#include "api/rules.hpp"
#include "model/customer.hpp"
#include "store/catalogues.hpp"

namespace carillon::api {

namespace {

/// Fills in the calling code where there is none, and lets it follow the country as long as it is the country's.
Result<> fill_country_code(Draft& draft) {
  auto& customer = draft.object.as<model::Customer>();
  if (draft.before != nullptr && !customer.country_code.empty()) {
    const auto& before = draft.before->as<model::Customer>();
    if (before.country == customer.country || before.country_code != customer.country_code) return {};
    CARILLON_TRY(old, store::calling_code_of(draft.edit.database(), before.country));
    if (old != before.country_code) return {};
    customer.country_code.clear();
  }
  if (!customer.country_code.empty() || customer.country.empty()) return {};
  CARILLON_TRY(code, store::calling_code_of(draft.edit.database(), customer.country));
  if (code)
    customer.country_code = *code;
  else
    draft.faults.push_back({"country", "is in no catalogue"});
  return {};
}

}  // namespace

Result<> rule_customer(Draft& draft) {
  CARILLON_CHECK(fill_country_code(draft));
  auto& customer = draft.object.as<model::Customer>();
  const bool is_new = draft.before == nullptr;
  CARILLON_CHECK(check_denied_list(draft, customer.denied_numbers));
  if (!is_new && draft.before->as<model::Customer>().features == customer.features) return {};
  const auto brand = store::find(draft.edit.database(), draft.edit.scope(), customer.brand);
  if (!brand && brand.error().is(store::Fault::not_found)) return {};  // The reference is looked at later.
  if (!brand) return std::unexpected(brand.error());
  // A copy: what the brand thinks of later changes nothing for those that are there. The list is one, with all that it gets.
  if (is_new && !customer.denied_numbers) customer.denied_numbers = brand->denied_numbers;
  const bool is_said = customer.features.bits != static_cast<std::uint64_t>(model::all_features);
  if (is_new && !is_said) customer.features.bits &= brand->features.bits;
  for (std::size_t i = 0; i < std::size(model::feature_names); ++i) {
    const auto feature = static_cast<model::Feature>(i);
    if (customer.features.has(feature) && !brand->features.has(feature))
      draft.faults.push_back({"features", fmt::format("has {}, which the brand has not", model::text_of(feature))});
  }
  const auto kind = customer.kind == model::CustomerKind::retail ? model::Feature::retail : model::Feature::vpbx;
  if (is_new && !brand->features.has(kind)) draft.faults.push_back({"kind", "is not enabled for this brand"});
  return {};
}

}  // namespace carillon::api

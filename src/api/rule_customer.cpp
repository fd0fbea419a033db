// SPDX-License-Identifier: GPL-3.0-or-later
// A customer has no more than its brand: neither features nor a kind that the brand does not sell.
#include "api/rules.hpp"
#include "model/customer.hpp"

namespace carillon::api {

Result<> rule_customer(Draft& draft) {
  auto& customer = draft.object.as<model::Customer>();
  const bool is_new = draft.before == nullptr;
  if (!is_new && draft.before->as<model::Customer>().features == customer.features) return {};
  const auto brand = store::find(draft.edit.database(), draft.edit.scope(), customer.brand);
  if (!brand && brand.error().is(store::Fault::not_found)) return {};  // The reference is looked at later.
  if (!brand) return std::unexpected(brand.error());
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

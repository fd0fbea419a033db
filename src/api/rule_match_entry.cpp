// SPDX-License-Identifier: GPL-3.0-or-later
// An entry belongs where its match list belongs, and is written as numbers are kept: in E.164 with +.
#include "api/rules.hpp"
#include "base/pattern.hpp"
#include "model/match_entry.hpp"
#include "model/match_list.hpp"
#include "model/number.hpp"

namespace carillon::api {

namespace {

constexpr std::int64_t entries_max = 1000;

/// A brand's list is its customers' to read alone.
Result<> take_tenant_of_list(Draft& draft) {
  auto& entry = draft.object.as<model::MatchEntry>();
  const auto list = store::find(draft.edit.database(), draft.edit.scope(), entry.match_list);
  if (!list && list.error().is(store::Fault::not_found)) return {};  // The reference is looked at later.
  if (!list) return std::unexpected(list.error());
  const bool is_elsewhere = (entry.customer && entry.customer != list->customer) || (entry.brand && entry.brand != list->brand);
  if (is_elsewhere) draft.faults.push_back({"matchList", "is not the customer's own"});
  entry.brand = list->brand;
  entry.customer = list->customer;
  CARILLON_TRY(count, store::count(draft.edit.database(), draft.edit.scope(), draft.object.resource(),
                                   {{"match_list", to_base32(entry.match_list.value)}}));
  if (count >= entries_max) draft.faults.push_back({"matchList", fmt::format("has {} entries already", entries_max)});
  return {};
}

/// The one place where a value gets its form.
void keep_value(Draft& draft, model::MatchEntry& entry) {
  const bool is_number = entry.kind == model::MatchKind::number;
  const std::string said = std::exchange(entry.value, is_number ? model::in_e164(entry.value) : with_plus(entry.value));
  note_conversion(draft, "value", said, entry.value);
  if (is_number && !entry.value.empty() && !model::has_form(entry.value, model::Form::e164))
    draft.faults.push_back({"value", "is no number in E.164: +34941941941"});
  if (is_number) return;
  if (auto compiled = Pattern::compile(entry.value); !compiled) draft.faults.push_back({"value", compiled.error().what});
}

}  // namespace

Result<> rule_match_entry(Draft& draft) {
  auto& entry = draft.object.as<model::MatchEntry>();
  if (draft.before == nullptr) CARILLON_CHECK(take_tenant_of_list(draft));
  keep_value(draft, entry);
  return {};
}

}  // namespace carillon::api

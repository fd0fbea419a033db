// SPDX-License-Identifier: GPL-3.0-or-later
// A DDI is kept in E.164 with its country. What a customer said of it goes when the number goes to another.
#include "api/rules.hpp"
#include "model/ddi.hpp"
#include "model/number.hpp"
#include "model/validate.hpp"
#include "store/catalogues.hpp"
#include "store/number_blocks.hpp"

namespace carillon::api {

namespace {

/// The country of its customer; empty when it is free.
Result<std::string> customers_country(Draft& draft, Id<model::Customer> id) {
  if (!id) return std::string();
  auto customer = store::find(draft.edit.database(), draft.edit.scope(), id);
  if (!customer && customer.error().is(store::Fault::not_found)) return std::string();  // The reference is looked at later.
  if (!customer) return std::unexpected(customer.error());
  return std::move(customer->country);
}

/// Fills in the country where there is none, and lets it follow the number as long as it is the number's.
Result<> fill_country(Draft& draft) {
  auto& ddi = draft.object.as<model::Ddi>();
  CARILLON_TRY(likely, customers_country(draft, ddi.customer));
  const bool has_other_number = draft.before != nullptr && has_changed(draft, &model::Ddi::number);
  if (has_other_number && !has_changed(draft, &model::Ddi::country)) {
    CARILLON_TRY(old, store::country_of_number(draft.edit.database(), draft.before->as<model::Ddi>().number, ddi.country));
    if (old == ddi.country) ddi.country.clear();
  }
  if (!ddi.country.empty()) return {};
  CARILLON_TRY(country, store::country_of_number(draft.edit.database(), ddi.number, likely));
  ddi.country = std::move(country);
  return {};
}

/// What the customer may say of it, as far as it is not said anew, is as of a new number.
void forget_treatment(Draft& draft) {
  const model::Resource& resource = draft.object.resource();
  const model::Object fresh(resource);
  for (const model::FieldInfo& field : resource.fields) {
    const bool is_old = store::text_in(field, draft.object.get()) == store::text_in(field, draft.before->get());
    if (field.write == model::Role::customer && is_old) model::assign(field, draft.object.get(), fresh.get());
  }
}

/// A number that it has the brand keeps: the platform says so when it gives it to another.
Result<> check_right(Draft& draft) {
  const auto& ddi = draft.object.as<model::Ddi>();
  if (!ddi.brand || !has_changed(draft, &model::Ddi::number) || !model::has_form(ddi.number, model::Form::e164)) return {};
  CARILLON_TRY(right, store::number_right(draft.edit.database(), ddi.brand, ddi.number));
  if (right == store::NumberRight::unassigned)
    draft.faults.push_back({"number", "is in none of the brand's number blocks: ask the platform for one that has it"});
  if (right == store::NumberRight::others)
    draft.faults.push_back({"number", "is kept for somebody else: ask the platform for a number block that has it"});
  return {};
}

}  // namespace

Result<> rule_ddi(Draft& draft) {
  auto& ddi = draft.object.as<model::Ddi>();
  const std::string said = std::exchange(ddi.number, model::in_e164(ddi.number));
  note_conversion(draft, "number", said, ddi.number);
  CARILLON_CHECK(check_right(draft));
  CARILLON_CHECK(fill_country(draft));
  const auto acted_for = draft.edit.scope().customer;
  if (acted_for && ddi.customer != acted_for)
    draft.faults.push_back({"customer", "cannot be changed while acting for a customer"});
  if (draft.before != nullptr && has_changed(draft, &model::Ddi::customer)) forget_treatment(draft);
  if (ddi.target && !ddi.customer) draft.faults.push_back({"target", "is of a customer, and the number has none"});
  return {};
}

}  // namespace carillon::api

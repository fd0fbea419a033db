// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing inside a company has a number that helpers answer: who dials it calls for help, whatever else it would lead to.
#include "api/rules.hpp"
#include "model/customer.hpp"
#include "store/catalogues.hpp"

namespace carillon::api {

Result<std::vector<std::string>> help_numbers(Draft& draft, Id<model::Customer> id) {
  std::vector<std::string> numbers;
  const auto customer = store::find(draft.edit.database(), draft.edit.scope(), id);
  if (!customer && customer.error().is(store::Fault::not_found)) return numbers;  // The reference is looked at later.
  if (!customer) return std::unexpected(customer.error());
  CARILLON_TRY(text, store::emergency_numbers_of(draft.edit.database(), customer->country));
  std::string_view all = text.empty() ? std::string_view("112 911") : std::string_view(text);  // ITU-T E.161.1.
  while (!all.empty()) {
    const std::size_t end = std::min(all.find(' '), all.size());
    if (end != 0) numbers.emplace_back(all.substr(0, end));
    all.remove_prefix(std::min(end + 1, all.size()));
  }
  if (customer->outbound_prefix.empty()) return numbers;
  for (std::size_t i = 0, bare = numbers.size(); i < bare; ++i) numbers.push_back(customer->outbound_prefix + numbers[i]);
  return numbers;
}

}  // namespace carillon::api

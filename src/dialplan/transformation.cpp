// SPDX-License-Identifier: GPL-3.0-or-later
// The first rule that matches is the last.
#include "dialplan/transformation.hpp"

#include "model/validate.hpp"

namespace carillon::dialplan {

std::string transform(const directory::TransformationSet* set, Direction direction, std::string_view number,
                      std::vector<TransformationStep>* steps) {
  std::string result(number);
  if (set == nullptr || number.size() > longest_transformed) return result;
  for (const directory::TransformationRule& rule : set->rules(direction)) {
    auto replaced = rule.search.replace(number, rule.replacement);
    const bool counts = replaced && !replaced->empty() && replaced->size() <= longest_transformed;
    if (counts) result = *std::move(replaced);
    if (steps != nullptr) steps->push_back({&rule, counts, std::string(number), result});
    if (counts) break;
  }
  return result;
}

std::string to_e164(std::string_view neutral) {
  std::string number = "+" + std::string(neutral);
  return model::has_form(number, model::Form::e164) ? number : std::string(neutral);
}

std::string from_e164(std::string_view number) {
  return std::string(model::has_form(number, model::Form::e164) ? number.substr(1) : number);
}

}  // namespace carillon::dialplan

// SPDX-License-Identifier: GPL-3.0-or-later
// A rule is compiled before it is stored, and makes numbers of nothing but what can be dialled.
#include "api/rules.hpp"
#include "base/pattern.hpp"
#include "model/transformation_rule.hpp"

namespace carillon::api {

namespace {

/// A replacement without the groups that it names.
std::string without_groups(std::string_view replacement) {
  std::string rest;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const bool is_group = replacement[i] == '\\' && i + 1 < replacement.size() &&
                          model::has_form(replacement.substr(i + 1, 1), model::Form::digits);
    if (is_group)
      ++i;
    else
      rest += replacement[i];
  }
  return rest;
}

void check_texts(const model::TransformationRule& rule, std::vector<model::FieldFault>& faults) {
  if (rule.search.empty()) return;  // The declaration refuses it.
  const auto search = Pattern::compile(rule.search);
  if (!search) return faults.push_back({"search", "is no pattern: " + search.error().what});
  const auto checked = Pattern::check_replacement(*search, rule.replacement);
  if (!checked)
    faults.push_back({"replacement", "does not fit the pattern: " + checked.error().what});
  else if (!model::has_form(without_groups(rule.replacement), model::Form::dialled))
    faults.push_back({"replacement", "has what cannot be dialled"});
}

}  // namespace

Result<> rule_transformation_rule(Draft& draft) {
  const auto& rule = draft.object.as<model::TransformationRule>();
  check_texts(rule, draft.faults);
  if (draft.before != nullptr) return {};
  return check_room(draft,
                    {.field = "transformationSet",
                     .count = "SELECT count(*) FROM transformation_rules WHERE transformation_set = ? AND id <> ?",
                     .what = "rules",
                     .most = model::transformation_rules_max},
                    rule.transformation_set.value);
}

}  // namespace carillon::api

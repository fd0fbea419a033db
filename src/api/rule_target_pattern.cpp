// SPDX-License-Identifier: GPL-3.0-or-later
// Target patterns are of numbers in E.164 with +; who writes them without it means the same.
#include "api/rules.hpp"
#include "base/pattern.hpp"
#include "model/number.hpp"
#include "model/target_pattern.hpp"

namespace carillon::api {

Result<> rule_target_pattern(Draft& draft) {
  constexpr Room room{.field = "pattern",
                      .count = "SELECT count(*) FROM target_patterns WHERE brand = ? AND id <> ?",
                      .what = "patterns",
                      .most = 2000};
  auto& target = draft.object.as<model::TargetPattern>();
  CARILLON_CHECK(check_room(draft, room, target.brand.value));
  if (target.pattern.empty()) return {};  // Refused later.
  const std::string said = target.pattern;
  if (target.kind == model::PatternKind::prefix) {
    if (!said.starts_with('+')) target.pattern.insert(0, "+");
    if (!model::is_number_prefix(target.pattern))
      draft.faults.push_back({"pattern", "must be 1 to 15 digits, the first of them not 0"});
  } else {
    target.pattern = with_plus(said);
    if (auto compiled = Pattern::compile(target.pattern); !compiled) draft.faults.push_back({"pattern", compiled.error().what});
  }
  note_conversion(draft, "pattern", said, target.pattern);
  return {};
}

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// A set of numbers that routes are about: a country, a mobile network, a special number. A brand begins with one for each
// country.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class PatternKind : std::uint8_t {
  prefix,  ///< "+34": the longest that fits counts.
  regex    ///< "^\+34[67]": looked at in the order of `position` when no prefix fits.
};
inline constexpr std::string_view pattern_kind_names[] = {"prefix", "regex"};
constexpr std::span<const std::string_view> choices(PatternKind) {
  return pattern_kind_names;
}

struct TargetPattern {
  RESOURCE(TargetPattern, target_patterns)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<TargetPattern>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true, .part = true)  // It came with it.
  FIELD(Text, name, .required = true, .title = true, .max = 64)
  FIELD(Text, description, .max = 190)
  FIELD(PatternKind, kind)
  FIELD(Text, pattern, .unique = Unique::brand, .required = true, .max = 512)  // Of numbers in E.164 with +.
  FIELD(Integer, position, .max = 9999)
};

}  // namespace carillon::model

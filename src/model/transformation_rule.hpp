// SPDX-License-Identifier: GPL-3.0-or-later
// One line of a transformation set: what a number looks like, and what is made of it.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

/// Whose number it is, and whether it comes to the platform or leaves it.
enum class TransformationDirection : std::uint8_t { caller_in, callee_in, caller_out, callee_out };
inline constexpr std::string_view transformation_direction_names[] = {"caller_in", "callee_in", "caller_out", "callee_out"};
constexpr std::span<const std::string_view> choices(TransformationDirection) {
  return transformation_direction_names;
}

constexpr std::int64_t transformation_rules_max = 200;  ///< Of a set.

struct TransformationRule {
  RESOURCE(TransformationRule, transformation_rules)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<TransformationRule>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<TransformationSet>, transformation_set, .required = true, .fixed = true, .part = true)
  FIELD(TransformationDirection, direction)
  FIELD(Integer, priority, .min = 0, .max = 9999, .initial = 1)     // Smaller first.
  FIELD(Text, search, .required = true, .title = true, .max = 512)  // A pattern.
  FIELD(Text, replacement, .max = 128)                              // With \1 to \9 of the pattern's groups.
  FIELD(Text, description, .max = 190)
};

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// A number or a pattern of a match list.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class MatchKind : std::uint8_t { number, regex };
inline constexpr std::string_view match_kind_names[] = {"number", "regex"};
constexpr std::span<const std::string_view> choices(MatchKind) {
  return match_kind_names;
}

struct MatchEntry {
  RESOURCE(MatchEntry, match_entries)
  static constexpr Access access{.is_lent = true};
  FIELD(Id<MatchEntry>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .read_only = true)  // As of its list.
  FIELD(Id<MatchList>, match_list, .required = true, .fixed = true, .part = true)
  FIELD(MatchKind, kind)
  FIELD(Text, value, .required = true, .title = true, .max = 512)  // "+34676676676", or a pattern of numbers in E.164 with +.
  FIELD(Text, description, .max = 190)
};

}  // namespace carillon::model

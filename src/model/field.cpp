// SPDX-License-Identifier: GPL-3.0-or-later
// Names of fields in their two spellings.
#include "model/field.hpp"

#include <algorithm>

namespace carillon::model {

std::string column_name(const FieldInfo& field) {
  std::string name(field.name);
  if (field.kind == Kind::duration) name += "_ms";
  return name;
}

std::string json_name(const FieldInfo& field) {
  std::string name;
  bool is_capital = false;
  for (const char c : field.name) {
    if (c != '_') name.push_back(is_capital && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    is_capital = c == '_';
  }
  if (field.kind == Kind::duration) name += "Seconds";
  return name;
}

void assign(const FieldInfo& field, void* to, const void* from) {
  switch (field.kind) {
    case Kind::id:
    case Kind::integer:
      member<std::int64_t>(to, field) = member<std::int64_t>(from, field);
      return;
    case Kind::call:
      member<CallId>(to, field) = member<CallId>(from, field);
      return;
    case Kind::text:
      member<Text>(to, field) = member<Text>(from, field);
      return;
    case Kind::secret:
      member<Secret>(to, field) = member<Secret>(from, field);
      return;
    case Kind::json:
      member<Json>(to, field) = member<Json>(from, field);
      return;
    case Kind::boolean:
      member<bool>(to, field) = member<bool>(from, field);
      return;
    case Kind::enumeration:
      member<std::uint8_t>(to, field) = member<std::uint8_t>(from, field);
      return;
    case Kind::set:
      member<std::uint64_t>(to, field) = member<std::uint64_t>(from, field);
      return;
    case Kind::instant:
      member<Instant>(to, field) = member<Instant>(from, field);
      return;
    case Kind::duration:
      member<Milliseconds>(to, field) = member<Milliseconds>(from, field);
      return;
    case Kind::money:
      member<Money>(to, field) = member<Money>(from, field);
      return;
  }
}

const FieldInfo* Resource::find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &FieldInfo::name);
  return found == fields.end() ? nullptr : &*found;
}

const FieldInfo* Resource::find_json(std::string_view name) const {
  const auto found = std::ranges::find_if(fields, [&](const FieldInfo& field) { return json_name(field) == name; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace carillon::model

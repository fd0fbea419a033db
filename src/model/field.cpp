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

const FieldInfo* Resource::find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &FieldInfo::name);
  return found == fields.end() ? nullptr : &*found;
}

const FieldInfo* Resource::find_json(std::string_view name) const {
  const auto found = std::ranges::find_if(fields, [&](const FieldInfo& field) { return json_name(field) == name; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace carillon::model

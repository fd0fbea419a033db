// SPDX-License-Identifier: GPL-3.0-or-later
// What is dialled before an external number to have it go by other routes: "12#". Who may dial it is said elsewhere.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct RoutingTag {
  RESOURCE(RoutingTag, routing_tags)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<RoutingTag>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Text, name, .unique = Unique::brand, .required = true, .title = true, .max = 64)
  FIELD(Text, tag, .form = Form::dialled, .unique = Unique::brand, .required = true, .title = true, .max = 4)  // "12#"
};

/// The tag in front of what was dialled, 1 to 3 digits and #; empty: there is none. No number of the world has a # in it.
constexpr std::string_view leading_tag(std::string_view dialled) {
  constexpr std::size_t digits_max = 3;
  const std::size_t end = dialled.find('#');
  if (end == std::string_view::npos || end == 0 || end > digits_max) return {};
  for (const char c : dialled.substr(0, end))
    if (c < '0' || c > '9') return {};
  return dialled.substr(0, end + 1);
}

}  // namespace carillon::model

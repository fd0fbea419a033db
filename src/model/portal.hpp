// SPDX-License-Identifier: GPL-3.0-or-later
// A web address under which people reach the platform, and what it looks like there. Whoever logs in through it belongs to its
// brand.
#pragma once

#include <optional>
#include <vector>

#include "model/entities.hpp"
#include "model/field.hpp"
#include "model/validate.hpp"

namespace carillon::model {

/// Without a brand it is the platform's own.
struct Portal {
  RESOURCE(Portal, portals)
  static constexpr Access access{.write = Role::brand};
  FIELD(Id<Portal>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .read_only = true)  // None: all of the brand.
  FIELD(Text, url, .required = true, .max = 190)                                // https://pbx.example.com
  FIELD(Text, host, .form = Form::domain, .unique = Unique::platform, .read_only = true, .derived = true, .max = 190)  // Of it.
  FIELD(Role, level, .initial = static_cast<std::int64_t>(Role::brand))  // Whose pages it shows.
  FIELD(Text, title, .required = true, .title = true, .max = 64)
  FIELD(Text, theme_color, .max = 7)  // #rrggbb; empty: the platform's.
  FIELD(Text, language, .form = Form::language)
  FIELD(Text, logo, .read_only = true, .derived = true, .max = 64)  // The tag of its picture; empty: none of its own.
};

/// The host of "https://host", "https://host:8443" and either with a "/" behind it, in lower case; none for any other text. A
/// number is no host: whoever asks for the platform by its address asks for no portal.
std::optional<std::string> portal_host(std::string_view url);

/// The host that a Host header names: without port, in lower case. Empty when it is none.
std::string host_of_header(std::string_view header);

/// What a page may be coloured with: #rrggbb.
bool is_color(std::string_view text);

/// What a declaration cannot say. Fills in the host.
std::vector<FieldFault> check_portal(Portal& portal);

}  // namespace carillon::model

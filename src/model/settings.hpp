// SPDX-License-Identifier: GPL-3.0-or-later
// What counts for the whole platform where nobody below says anything.
#pragma once

#include <vector>

#include "model/entities.hpp"
#include "model/field.hpp"
#include "model/validate.hpp"

namespace carillon::model {

/// There is one. It is no collection: `/settings` shows it.
struct Settings {
  RESOURCE(Settings, settings)
  static constexpr Access access{.read = Role::platform, .write = Role::platform};
  FIELD(Id<Settings>, id, .read_only = true, .hidden = true)
  FIELD(Text, language, .form = Form::language, .required = true)
  FIELD(Text, time_zone, .form = Form::time_zone, .required = true)
  FIELD(Integer, customer_calls_per_minute, .max = 100'000)  // Of customers whose brand says none; 0: no limit.
  FIELD(Text, mail_name, .max = 64)                          // Who mails the people of a brand that says none.
  FIELD(Text, portal_title, .required = true, .max = 64)     // Of hosts that are no brand's portal,
  FIELD(Text, theme_color, .max = 7)                         // and of portals that say none: #rrggbb.
};

/// As long as nobody has changed them.
inline Settings first_settings() {
  Settings settings;
  settings.id = {1};
  settings.language = "en";
  settings.time_zone = "UTC";
  settings.portal_title = "Carillon";
  return settings;
}

}  // namespace carillon::model

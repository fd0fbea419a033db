// SPDX-License-Identifier: GPL-3.0-or-later
// A colour is a colour.
#include "api/rules.hpp"
#include "model/portal.hpp"
#include "model/settings.hpp"

namespace carillon::api {

Result<> rule_settings(Draft& draft) {
  const auto& color = draft.object.as<model::Settings>().theme_color;
  if (!color.empty() && !model::is_color(color)) draft.faults.push_back({"themeColor", "must be like #1a2b3c"});
  return {};
}

}  // namespace carillon::api

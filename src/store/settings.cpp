// SPDX-License-Identifier: GPL-3.0-or-later
// The row, or what stands in for it.
#include "store/settings.hpp"

namespace carillon::store {

Result<model::Settings> load_settings(Database& database) {
  CARILLON_TRY(rows, list_all<model::Settings>(database, {}));
  return rows.empty() ? model::first_settings() : std::move(rows.front());
}

Result<> make_settings(Edit& edit) {
  CARILLON_TRY(rows, list_all<model::Settings>(edit.database(), {}));
  if (!rows.empty()) return {};
  model::Settings settings = model::first_settings();
  return edit.insert(settings);
}

}  // namespace carillon::store

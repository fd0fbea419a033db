// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of the platform: one row, which is not there before somebody changes it.
#pragma once

#include "model/settings.hpp"
#include "store/edit.hpp"

namespace carillon::store {

/// The connection has to be the platform's.
Result<model::Settings> load_settings(Database& database);

/// Makes the row when there is none, so that it can be changed.
Result<> make_settings(Edit& edit);

}  // namespace carillon::store

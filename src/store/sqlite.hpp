// SPDX-License-Identifier: GPL-3.0-or-later
// The embedded database: one file, WAL, full synchronisation.
#pragma once

#include "store/database.hpp"

namespace carillon::store {

Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file, Access access);

}  // namespace carillon::store

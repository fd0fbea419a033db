// SPDX-License-Identifier: GPL-3.0-or-later
// Opening the database on its thread.
#include "api/database_thread.hpp"

#include "store/migrations.hpp"

namespace carillon::api {

Result<> DatabaseThread::Store::open() {
  if (database) return {};
  CARILLON_TRY(opened, store::open(url, data_dir, store::Access::write));
  CARILLON_CHECK(store::check_schema(*opened));
  database = std::move(opened);
  return {};
}

}  // namespace carillon::api

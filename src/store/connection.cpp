// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.hpp"

#include "store/migrations.hpp"

namespace carillon::store {

Result<Database*> Connection::get(const Scope& scope) {
  constexpr Duration long_try = 1s;
  if (database_ && database_->is_broken()) database_.reset();
  if (!database_) {
    const Monotonic began = system_monotonic_time();
    if (began < next_try_) return std::unexpected(trouble_);
    if (auto opened = open(); !opened) {
      trouble_ = opened.error();
      const Monotonic failed = system_monotonic_time();
      if (failed - began >= long_try) next_try_ = failed + (failed - began);
      return std::unexpected(std::move(opened).error());
    }
  }
  CARILLON_CHECK(database_->confine(scope));
  return database_.get();
}

Result<> Connection::open() {
  CARILLON_TRY(opened, store::open(url_, data_dir_, access_));
  CARILLON_CHECK(check_schema(*opened));
  database_ = std::move(opened);
  ++count_;
  return {};
}

}  // namespace carillon::store

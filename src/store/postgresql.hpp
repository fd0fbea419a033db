// SPDX-License-Identifier: GPL-3.0-or-later
// The big database: a PostgreSQL server, over libpq. No wait is without an end, and what the server does not hold apart by itself
// it does not get (docs/adr/0018-postgresql.md).
#pragma once

#include "store/database.hpp"

namespace carillon::store {

/// `url` as libpq takes it, "postgresql://role@host/database?sslmode=verify-full". TLS, .pgpass and the environment are libpq's.
Result<std::unique_ptr<Database>> open_postgresql(std::string_view url, Access access);

/// Whether the URL itself holds a password: one that must not stand where others can read it.
bool has_password(std::string_view url);

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// The table of keys.
#include "store/idempotency.hpp"

namespace carillon::store {

namespace {}  // namespace

Result<std::optional<std::int64_t>> find_keyed(Database& database, const KeyedRequest& request, Instant now) {
  CARILLON_TRY(statement, database.prepare("SELECT object, body FROM idempotency_keys WHERE digest = ? AND created_at > ?"));
  statement->bind(1, request.digest);
  statement->bind_instant(2, now - key_time);
  CARILLON_TRY(is_there, statement->step());
  if (!is_there) return std::nullopt;
  if (statement->text(1) != request.body) return failure(Fault::key_used, "the key was used for something else");
  return statement->integer(0);
}

Result<> note_keyed(Database& database, const Scope& scope, const KeyedRequest& request, std::int64_t object, Instant now) {
  CARILLON_TRY(over, database.prepare("DELETE FROM idempotency_keys WHERE created_at <= ?"));
  over->bind_instant(1, now - key_time);
  CARILLON_CHECK(over->run());
  CARILLON_TRY(statement, database.prepare("INSERT INTO idempotency_keys (digest, brand, customer, body, object, created_at) "
                                           "VALUES (?, ?, ?, ?, ?, ?)"));
  statement->bind(1, request.digest);
  statement->bind_id(2, scope.brand.value);
  statement->bind_id(3, scope.customer.value);
  statement->bind(4, request.body);
  statement->bind(5, object);
  statement->bind_instant(6, now);
  return statement->run();
}

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// The table of sessions. An id names an administrator or a user, never both, so one column holds either.
#include "store/sessions.hpp"

#include "store/credentials.hpp"

namespace carillon::store {
namespace {

std::int64_t micros(Instant instant) {
  return instant.time_since_epoch().count();
}

Result<> remove_old(Database& database, Instant now) {
  CARILLON_TRY(over, database.prepare("DELETE FROM sessions WHERE used_at <= ? OR opened_at <= ?"));
  over->bind(1, micros(now - session_idle_limit));
  over->bind(2, micros(now - session_total_limit));
  CARILLON_CHECK(over->run());
  CARILLON_TRY(surplus, database.prepare("DELETE FROM sessions WHERE digest IN "
                                         "(SELECT digest FROM sessions ORDER BY used_at DESC LIMIT 1000 OFFSET ?)"));
  surplus->bind(1, sessions_max - 1);
  return surplus->run();
}

Result<> note_use(Database& database, std::string_view digest, Instant now) {
  CARILLON_TRY(statement, database.prepare("UPDATE sessions SET used_at = ? WHERE digest = ?"));
  statement->bind(1, micros(now));
  statement->bind(2, digest);
  return statement->run();
}

}  // namespace

Result<> open_session(Database& database, std::string_view token, const Login& login, Instant now) {
  const std::string digest = token_digest(token);
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_CHECK(remove_old(database, now));
  CARILLON_TRY(statement, database.prepare("INSERT INTO sessions (digest, login, opened_at, used_at) VALUES (?, ?, ?, ?)"));
  statement->bind(1, digest);
  statement->bind(2, login.id);
  statement->bind(3, micros(now));
  statement->bind(4, micros(now));
  CARILLON_CHECK(statement->run());
  return transaction.commit();
}

Result<std::optional<Login>> find_session(Database& database, std::string_view token, Instant now) {
  constexpr Duration noted_every = 1min;
  const std::string digest = token_digest(token);
  CARILLON_TRY(statement, database.prepare("SELECT used_at, level, id, brand, customer, administrators.login FROM sessions "
                                           "JOIN administrators ON id = sessions.login "
                                           "WHERE digest = ? AND used_at > ? AND opened_at > ? AND active = 1 "
                                           "UNION ALL SELECT used_at, 'user', id, brand, customer, email FROM sessions "
                                           "JOIN users ON id = sessions.login "
                                           "WHERE digest = ? AND used_at > ? AND opened_at > ? AND active = 1"));
  for (const int first : {1, 4}) {
    statement->bind(first, digest);
    statement->bind(first + 1, micros(now - session_idle_limit));
    statement->bind(first + 2, micros(now - session_total_limit));
  }
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return std::nullopt;
  const std::int64_t used = statement->integer(0);
  Login login{.role = role_of(statement->text(1)),
              .id = statement->integer(2),
              .brand = {statement->integer(3)},
              .customer = {statement->integer(4)},
              .name = std::string(statement->text(5)),
              .password_hash = {},
              .active = true};
  statement->reset();
  if (used <= micros(now - noted_every)) CARILLON_CHECK(note_use(database, digest, now));
  return login;
}

}  // namespace carillon::store

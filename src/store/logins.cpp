// SPDX-License-Identifier: GPL-3.0-or-later
// Looking up a login name over administrators and users.
#include "store/logins.hpp"

#include "base/assert.hpp"
#include "model/validate.hpp"

namespace carillon::store {
namespace {

/// A row of the two statements below.
Login read_login(const Statement& statement) {
  Login login{.role = role_of(statement.text(0)),
              .id = statement.integer(1),
              .brand = {statement.integer(2)},
              .customer = {statement.integer(3)},
              .name = std::string(statement.text(4)),
              .password_hash = Secret(std::string(statement.text(5))),
              .active = statement.integer(6) != 0,
              .email = std::string(statement.text(7)),
              .must_change = statement.integer(8) != 0,
              .has_second_factor = statement.integer(9) != 0,
              .rights = {.may_write = statement.integer(10) != 0,
                         .may_see_calls = statement.integer(11) != 0,
                         .may_manage_administrators = statement.integer(12) != 0}};
  // Administrators may be called by their address.
  if (login.email.empty() && model::has_form(login.name, model::Form::email)) login.email = login.name;
  return login;
}

}  // namespace

Role role_of(std::string_view text) {
  for (const Role role : {Role::platform, Role::brand, Role::customer}) {
    if (model::text_of(role) == text) return role;
  }
  return Role::user;
}

Result<std::optional<Login>> find_login(Database& database, std::string_view name, Id<model::Brand> brand) {
  if (name.empty()) return std::nullopt;
  CARILLON_TRY(statement,
               database.prepare(
                   "SELECT level, id, brand, customer, administrators.login, password_hash, "
                   "CASE WHEN EXISTS (SELECT 1 FROM brands WHERE brands.id = administrators.brand AND status = 'locked') "
                   "OR EXISTS (SELECT 1 FROM customers WHERE customers.id = administrators.customer AND (status = 'locked' OR "
                   "lock = 'global')) "
                   "THEN 0 ELSE active END, email, must_change, "
                   "(SELECT count(*) FROM second_factors WHERE second_factors.login = id AND is_on = 1), "
                   "may_write, may_see_calls, may_manage_administrators FROM administrators "
                   "WHERE administrators.login = ? AND (CAST(? AS bigint) = 0 OR brand = ?) "
                   "UNION ALL SELECT 'user', id, brand, customer, email, password_hash, "
                   "CASE WHEN EXISTS (SELECT 1 FROM brands WHERE brands.id = users.brand AND status = 'locked') "
                   "OR EXISTS (SELECT 1 FROM customers WHERE customers.id = users.customer AND (status = 'locked' OR "
                   "lock = 'global')) OR lock = 'global' THEN 0 ELSE active END, email, must_change, "
                   "(SELECT count(*) FROM second_factors WHERE second_factors.login = id AND is_on = 1), 1, 1, 1 FROM users "
                   "WHERE email = ? AND (CAST(? AS bigint) = 0 OR brand = ?)"));
  for (const int first : {1, 4}) {
    statement->bind(first, name);
    statement->bind(first + 1, brand.value);
    statement->bind(first + 2, brand.value);
  }
  std::vector<Login> logins;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) break;
    logins.push_back(read_login(*statement));
  }
  // No brand can take a name away from the platform's own administrators.
  const auto platform = std::ranges::find(logins, Role::platform, &Login::role);
  if (platform != logins.end()) return std::move(*platform);
  if (logins.size() != 1) return std::nullopt;
  return std::move(logins.front());
}

Result<std::optional<Login>> find_login(Database& database, std::int64_t id) {
  CARILLON_TRY(statement,
               database.prepare(
                   "SELECT level, id, brand, customer, administrators.login, password_hash, "
                   "CASE WHEN EXISTS (SELECT 1 FROM brands WHERE brands.id = administrators.brand AND status = 'locked') "
                   "OR EXISTS (SELECT 1 FROM customers WHERE customers.id = administrators.customer AND (status = 'locked' OR "
                   "lock = 'global')) "
                   "THEN 0 ELSE active END, email, must_change, "
                   "(SELECT count(*) FROM second_factors WHERE second_factors.login = id AND is_on = 1), "
                   "may_write, may_see_calls, may_manage_administrators FROM administrators "
                   "WHERE id = ? UNION ALL SELECT 'user', id, brand, customer, email, password_hash, "
                   "CASE WHEN EXISTS (SELECT 1 FROM brands WHERE brands.id = users.brand AND status = 'locked') "
                   "OR EXISTS (SELECT 1 FROM customers WHERE customers.id = users.customer AND (status = 'locked' OR "
                   "lock = 'global')) OR lock = 'global' THEN 0 ELSE active END, email, must_change, "
                   "(SELECT count(*) FROM second_factors WHERE second_factors.login = id AND is_on = 1), 1, 1, 1 FROM users "
                   "WHERE id = ?"));
  statement->bind(1, id);
  statement->bind(2, id);
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return std::nullopt;
  return read_login(*statement);
}

Result<std::vector<std::string>> unchanged_first_passwords(Database& database) {
  CARILLON_TRY(statement, database.prepare("SELECT login FROM administrators WHERE level = 'platform' AND must_change = 1 "
                                           "AND active = 1 ORDER BY login LIMIT 100"));
  std::vector<std::string> names;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) return names;
    names.emplace_back(statement->text(0));
  }
}

Result<> renew_hash(Database& database, const Login& login, const Secret& hash) {
  CARILLON_TRY(statement,
               login.role == Role::user
                   ? database.prepare("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?")
                   : database.prepare("UPDATE administrators SET password_hash = ? WHERE id = ? AND password_hash = ?"));
  statement->bind(1, hash.reveal());
  statement->bind(2, login.id);
  statement->bind(3, login.password_hash.reveal());
  return statement->run();
}

Result<> set_password(Database& database, std::int64_t login, const Secret& hash, bool must_change, std::int64_t kept_session) {
  // An id is in one of the two.
  CARILLON_TRY(administrator, database.prepare("UPDATE administrators SET password_hash = ?, must_change = ? WHERE id = ?"));
  CARILLON_TRY(user, database.prepare("UPDATE users SET password_hash = ?, must_change = ? WHERE id = ?"));
  for (Statement* statement : {administrator.get(), user.get()}) {
    statement->bind(1, hash.reveal());
    statement->bind(2, std::int64_t{must_change});
    statement->bind(3, login);
    CARILLON_CHECK(statement->run());
  }
  CARILLON_TRY(links, database.prepare("DELETE FROM password_resets WHERE login = ?"));
  links->bind(1, login);
  CARILLON_CHECK(links->run());
  CARILLON_TRY(sessions, database.prepare("DELETE FROM sessions WHERE login = ? AND id <> ?"));
  sessions->bind(1, login);
  sessions->bind(2, kept_session);
  return sessions->run();
}

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// Looking up a login name over administrators and users.
#include "store/logins.hpp"

#include "base/assert.hpp"

namespace carillon::store {
Role role_of(std::string_view text) {
  for (const Role role : {Role::platform, Role::brand, Role::customer}) {
    if (model::text_of(role) == text) return role;
  }
  return Role::user;
}

Result<std::optional<Login>> find_login(Database& database, std::string_view name, Id<model::Brand> brand) {
  if (name.empty()) return std::nullopt;
  CARILLON_TRY(statement,
               database.prepare("SELECT level, id, brand, customer, login, password_hash, active FROM administrators "
                                "WHERE login = ? AND (CAST(? AS bigint) = 0 OR brand = ?) "
                                "UNION ALL SELECT 'user', id, brand, customer, email, password_hash, active FROM users "
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
    logins.push_back({.role = role_of(statement->text(0)),
                      .id = statement->integer(1),
                      .brand = {statement->integer(2)},
                      .customer = {statement->integer(3)},
                      .name = std::string(statement->text(4)),
                      .password_hash = Secret(std::string(statement->text(5))),
                      .active = statement->integer(6) != 0});
  }
  // No brand can take a name away from the platform's own administrators.
  const auto platform = std::ranges::find(logins, Role::platform, &Login::role);
  if (platform != logins.end()) return std::move(*platform);
  if (logins.size() != 1) return std::nullopt;
  return std::move(logins.front());
}

}  // namespace carillon::store

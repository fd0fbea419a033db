// SPDX-License-Identifier: GPL-3.0-or-later
// Who is logging in: administrators of all levels and users share one name space per brand.
#pragma once

#include "model/administrator.hpp"
#include "store/database.hpp"
#include "store/table.hpp"

namespace carillon::store {

using model::Role;

/// What an administrator may do of what its role may. Users have all that theirs has.
struct Rights {
  bool may_write = true;
  bool may_see_calls = true;
  bool may_manage_administrators = true;
};

struct Login {
  Role role{};
  std::int64_t id = 0;  ///< Of the administrator or user.
  Id<model::Brand> brand;
  Id<model::Customer> customer;
  std::string name;
  Secret password_hash;
  bool active = false;
  std::string email = {};          ///< Where mail for this login goes; may be empty.
  bool must_change = false;        ///< Somebody else chose the password: it is good for choosing another.
  bool has_second_factor = false;  ///< One that is on.
  Rights rights = {};
};

/// As an administrator's level names it; anything else is a user.
Role role_of(std::string_view level);

/// Finds a login name within a brand (the portal's host picks it); with brand zero on the whole platform, where a name that
/// several brands have is no one's, unless the platform's own administrator has it. None when unknown: verify against an empty
/// hash then, so that it takes as long.
Result<std::optional<Login>> find_login(Database& database, std::string_view name, Id<model::Brand> brand);
/// By its own id.
Result<std::optional<Login>> find_login(Database& database, std::int64_t id);

/// The administrators of the platform whose first password is still in force.
Result<std::vector<std::string>> unchanged_first_passwords(Database& database);

/// Stores another hash of the same password, unless the password has changed meanwhile.
Result<> renew_hash(Database& database, const Login& login, const Secret& hash);
/// Stores a new password, forgets every link that would set another, and ends the login's sessions but the one of `kept_session`
/// (0: all). `must_change`: somebody else chose it. In the caller's transaction.
Result<> set_password(Database& database, std::int64_t login, const Secret& hash, bool must_change, std::int64_t kept_session);

}  // namespace carillon::store

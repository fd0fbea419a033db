// SPDX-License-Identifier: GPL-3.0-or-later
// Who is logging in: administrators of all levels and users share one name space per brand.
#pragma once

#include "model/administrator.hpp"
#include "store/database.hpp"
#include "store/table.hpp"

namespace carillon::store {

using model::Role;

struct Login {
  Role role{};
  std::int64_t id = 0;  ///< Of the administrator or user.
  Id<model::Brand> brand;
  Id<model::Customer> customer;
  std::string name;
  Secret password_hash;
  bool active = false;
};

/// As an administrator's level names it; anything else is a user.
Role role_of(std::string_view level);

/// Finds a login name within a brand (the portal's host picks it); with brand zero on the whole platform, where a name that
/// several brands have is no one's, unless the platform's own administrator has it. None when unknown: verify against an empty
/// hash then, so that it takes as long.
Result<std::optional<Login>> find_login(Database& database, std::string_view name, Id<model::Brand> brand);

}  // namespace carillon::store

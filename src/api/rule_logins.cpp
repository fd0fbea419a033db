// SPDX-License-Identifier: GPL-3.0-or-later
// Administrators and users share one name space of logins per brand.
#include "api/rules.hpp"
#include "model/administrator.hpp"
#include "model/user.hpp"

namespace carillon::api {

namespace {

/// Whether another kind of login in the brand bears the name.
Result<bool> is_taken(Draft& draft, std::string_view sql, std::string_view name, std::int64_t brand) {
  CARILLON_TRY(statement, draft.edit.database().prepare(sql));
  statement->bind(1, name);
  statement->bind(2, brand);
  return statement->step();
}

}  // namespace

Result<> rule_user(Draft& draft) {
  auto& user = draft.object.as<model::User>();
  if (!draft.password_hash.is_empty()) user.password_hash = draft.password_hash;
  if (user.email.empty() && !user.password.is_empty())
    draft.faults.push_back({"email", "is needed: it is what one logs in with"});
  if (user.email.empty()) user.password_hash = Secret();
  if (!user.password.is_empty() && user.password.reveal() == user.email) {
    draft.faults.push_back({"password", "must not be the name"});
  }
  CARILLON_TRY(taken,
               is_taken(draft, "SELECT 1 FROM administrators WHERE login = ? AND brand = ?", user.email, user.brand.value));
  if (taken && !user.email.empty()) draft.faults.push_back({"email", "is taken"});
  return {};
}

Result<> rule_administrator(Draft& draft) {
  auto& administrator = draft.object.as<model::Administrator>();
  administrator.level = administrator.customer ? model::Level::customer
                        : administrator.brand  ? model::Level::brand
                                               : model::Level::platform;
  if (!draft.password_hash.is_empty()) administrator.password_hash = draft.password_hash;
  if (administrator.password_hash.is_empty()) draft.faults.push_back({"password", "is required"});
  if (!administrator.password.is_empty() && administrator.password.reveal() == administrator.login) {
    draft.faults.push_back({"password", "must not be the name"});
  }
  CARILLON_TRY(taken, is_taken(draft, "SELECT 1 FROM users WHERE email = ? AND brand = ?", administrator.login,
                               administrator.brand.value));
  if (taken) draft.faults.push_back({"login", "is taken"});
  return {};
}

}  // namespace carillon::api

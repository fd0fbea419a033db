// SPDX-License-Identifier: GPL-3.0-or-later
// Administrators and users share one name space of logins per brand.
#include "api/rules.hpp"
#include "model/administrator.hpp"
#include "model/terminal.hpp"
#include "model/user.hpp"
#include "store/password_policy.hpp"

namespace carillon::api {

namespace {

/// Whether another kind of login in the brand bears the name.
Result<bool> is_taken(Draft& draft, std::string_view sql, std::string_view name, std::int64_t brand) {
  CARILLON_TRY(statement, draft.edit.database().prepare(sql));
  statement->bind(1, name);
  statement->bind(2, brand);
  return statement->step();
}

/// A password is nothing to set in somebody else's name, and nothing that a list of guesses begins with.
void check_password(Draft& draft, const Secret& password, std::string_view login) {
  if (password.is_empty()) return;
  if (draft.caller.is_emulated()) draft.faults.push_back({"password", "cannot be set while acting for somebody else"});
  std::string fault = store::password_fault(password.reveal(), login);
  if (!fault.empty()) draft.faults.push_back({"password", std::move(fault)});
}

/// Whoever reads the mail of a login can choose its password.
void check_address(Draft& draft, const std::string& before, const std::string& after) {
  if (draft.before != nullptr && draft.caller.is_emulated() && before != after)
    draft.faults.push_back({"email", "cannot be changed while acting for somebody else"});
}

/// A PBX has many people behind it: it is nobody's telephone.
Result<> check_terminal(Draft& draft, const model::User& user) {
  if (!user.terminal || !has_changed(draft, &model::User::terminal)) return {};
  const auto terminal = store::find(draft.edit.database(), draft.edit.scope(), user.terminal);
  if (!terminal && terminal.error().is(store::Fault::not_found)) return {};  // The reference is looked at later.
  if (!terminal) return std::unexpected(terminal.error());
  if (terminal->kind == model::TerminalKind::pbx) draft.faults.push_back({"terminal", "is a PBX, not somebody's telephone"});
  return {};
}

}  // namespace

Result<> rule_user(Draft& draft) {
  auto& user = draft.object.as<model::User>();
  if (!draft.password_hash.is_empty()) user.password_hash = draft.password_hash;
  if (user.email.empty() && !user.password.is_empty())
    draft.faults.push_back({"email", "is needed: it is what one logs in with"});
  if (user.email.empty()) user.password_hash = Secret();
  if (draft.before != nullptr) check_address(draft, draft.before->as<model::User>().email, user.email);
  check_password(draft, user.password, user.email);
  CARILLON_CHECK(check_terminal(draft, user));
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
  if (draft.before != nullptr) check_address(draft, draft.before->as<model::Administrator>().email, administrator.email);
  if (administrator.password_hash.is_empty() && administrator.email.empty()) {
    draft.faults.push_back({"password", "is required, or an email to which a link to choose one is sent"});
  }
  check_password(draft, administrator.password, administrator.login);
  // Nobody gives what they have not.
  if (administrator.may_see_calls && !draft.caller.rights.may_see_calls) {
    draft.faults.push_back({"maySeeCalls", "is more than you may yourself"});
  }
  CARILLON_TRY(taken, is_taken(draft, "SELECT 1 FROM users WHERE email = ? AND brand = ?", administrator.login,
                               administrator.brand.value));
  if (taken) draft.faults.push_back({"login", "is taken"});
  return {};
}

}  // namespace carillon::api

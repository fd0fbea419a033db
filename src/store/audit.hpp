// SPDX-License-Identifier: GPL-3.0-or-later
// Who is behind a change, and the lines of the audit log about it.
#pragma once

#include <optional>

#include <boost/json/object.hpp>

#include "model/audit_entry.hpp"
#include "model/customer.hpp"
#include "store/logins.hpp"
#include "store/table.hpp"

namespace carillon::store {

/// Empty: the platform itself, by a command or a job.
struct Actor {
  std::string login;     ///< The name that logged in.
  std::string role;      ///< As what it acts.
  std::string emulated;  ///< For whom, when for somebody else.
  std::string source;    ///< The address the request came from.
};

/// Writes one entry about an object as it was and is, null for what was not or is no more: only fields that differ are kept, and
/// of secrets only that they do. Nothing is written when nothing differs. Part of the caller's transaction.
struct Audited {
  model::AuditAction action{};
  const model::Resource* resource = nullptr;
  const void* before = nullptr;
  const void* after = nullptr;
};
Result<> write_audit(Database& database, const Actor& actor, const Audited& what, Instant now);

/// The platform itself noticed something about a customer.
Result<> write_notice(Database& database, model::AuditAction action, const model::Customer& customer,
                      const boost::json::object& what, Instant now);

/// Somebody came, tried in vain, went, or begins to act for another. Of vain tries there is an entry a minute and login, so that
/// no guessing fills the database.
Result<> write_sign_in(Database& database, const Actor& actor, model::AuditAction action, const Login& whose, Instant now);

}  // namespace carillon::store

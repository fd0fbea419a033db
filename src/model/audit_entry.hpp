// SPDX-License-Identifier: GPL-3.0-or-later
// Who changed what, for whom, and how it was before: written in the transaction that made the change, never changed.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class AuditAction : std::uint8_t {
  create,
  update,
  remove,
  login,
  login_failed,
  logout,
  emulate,
  reveal,
  password_changed,
  second_factor_on,
  second_factor_off,
  token_made,
  token_ended,
  exported,
  calls_limited  ///< More calls to the world in a minute than the object may begin.
};
inline constexpr std::string_view audit_action_names[] = {"create",
                                                          "update",
                                                          "delete",
                                                          "login",
                                                          "login_failed",
                                                          "logout",
                                                          "emulate",
                                                          "reveal",
                                                          "password_changed",
                                                          "second_factor_on",
                                                          "second_factor_off",
                                                          "token_made",
                                                          "token_ended",
                                                          "export",
                                                          "calls_limited"};
constexpr std::span<const std::string_view> choices(AuditAction) {
  return audit_action_names;
}

struct AuditEntry {
  RESOURCE(AuditEntry, audit)
  static constexpr Access access{.is_record = true, .by_time = "at"};
  FIELD(Id<AuditEntry>, id)
  FIELD(Instant, at)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand)           // Of the object; none for the platform's own.
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer)  // Of the object; none above.
  FIELD(Text, login)                                         // Who, by the name that logged in; empty: the platform itself.
  FIELD(Text, role)                                          // As what it acted: platform, brand, customer, user.
  FIELD(Text, emulated)                                      // For whom, when it acted for somebody else.
  FIELD(Text, source)                                        // The address the request came from.
  FIELD(AuditAction, action)
  FIELD(Text, entity)  // The collection, as in its table.
  FIELD(Text, object)  // Its id, base 32.
  FIELD(Text, title)   // What the object was called.
  FIELD(Json, before)  // The fields that changed, as they were; secrets as "***".
  FIELD(Json, after)
};

}  // namespace carillon::model

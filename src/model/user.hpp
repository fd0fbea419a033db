// SPDX-License-Identifier: GPL-3.0-or-later
// A person of a customer: has a telephone, an extension to be seen as, and possibly a login to the portal.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"
#include "model/lock.hpp"
#include "model/target.hpp"

namespace carillon::model {

/// From whom a user hides its number, whatever its telephone asks for.
enum class Clir : std::uint8_t {
  none,
  external,  ///< Those outside.
  all        ///< Its own company too.
};
inline constexpr std::string_view clir_names[] = {"none", "external", "all"};
constexpr std::span<const std::string_view> choices(Clir) {
  return clir_names;
}

struct User {
  RESOURCE(User, users)
  static constexpr TargetKind target_kind = TargetKind::user;
  static constexpr Access access{.read = Role::user};
  FIELD(Id<User>, id, .tenant = Tenant::user, .read_only = true)  // Also the id of its row in `targets`.
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Text, name, .required = true, .title = true, .max = 64)
  FIELD(Text, last_name, .title = true, .max = 64)
  FIELD(Text, email, .form = Form::email, .unique = Unique::brand, .max = 190)  // The login.
  FIELD(Secret, password, .transient = true, .min = 12, .max = 256)
  FIELD(Secret, password_hash, .read_only = true)  // argon2id; empty until one was chosen.
  FIELD(Boolean, must_change)                      // The password is good for choosing another alone.
  FIELD(Id<Terminal>, terminal, .unique = Unique::customer)
  FIELD(Id<Extension>, extension, .yields = true)  // What others see when this user calls.
  FIELD(Boolean, active, .initial = true)
  FIELD(Text, language, .form = Form::language, .write = Role::user, .inherits = "customer.language")
  FIELD(Text, time_zone, .form = Form::time_zone, .write = Role::user, .inherits = "customer.time_zone")
  FIELD(Boolean, do_not_disturb, .write = Role::user)  // Calls to it are turned away, as busy.
  FIELD(Integer, max_calls, .max = 100)                // At a time, made and taken; 0: as many as there are.
  FIELD(Integer, max_calls_per_minute, .max = 10'000)  // To numbers outside; 0: no limit.
  FIELD(Integer, non_granted_ip_calls, .max = 3)  // Calls at a time that it may make from elsewhere; 0: it may not be elsewhere.
  FIELD(Id<Ddi>, outgoing_ddi)                    // With which number it calls outside; none: the customer's.
  FIELD(Id<OutgoingDdiRule>, outgoing_ddi_rule)   // None: the customer's.
  FIELD(Id<CallAcl>, call_acl)                    // None: it may call whatever the customer may.
  FIELD(Lock, lock)
  FIELD(Clir, clir, .write = Role::user)
  FIELD(Boolean, sees_withheld, .write = Role::brand)  // Is told who calls all the same: for authorities.
};

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// Who may log in to operate the platform, a brand or a customer. (People with a telephone log in as users.)
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class Level : std::uint8_t { platform, brand, customer };
inline constexpr std::string_view level_names[] = {"platform", "brand", "customer"};
constexpr std::span<const std::string_view> choices(Level) {
  return level_names;
}

struct Administrator {
  RESOURCE(Administrator, administrators)
  FIELD(Id<Administrator>, id, .read_only = true)
  FIELD(Level, level, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .read_only = true)           // None for the platform's own.
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .read_only = true)  // None above customer level.
  FIELD(Text, login, .form = Form::name, .unique = Unique::brand, .required = true, .title = true, .max = 64)
  FIELD(Secret, password, .transient = true, .min = 12, .max = 256)
  FIELD(Secret, password_hash, .read_only = true)  // argon2id; empty until one was chosen.
  FIELD(Boolean, must_change)                      // The password is good for choosing another alone.
  FIELD(Boolean, active, .initial = true)
  FIELD(Text, email, .form = Form::email, .max = 190)         // Where a link for a forgotten password goes.
  FIELD(Boolean, may_write, .initial = true)                  // Else it only looks on.
  FIELD(Boolean, may_see_calls, .initial = true)              // Who called whom, now and before.
  FIELD(Boolean, may_manage_administrators, .initial = true)  // Make, change and delete others.
};

}  // namespace carillon::model

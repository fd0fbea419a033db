// SPDX-License-Identifier: GPL-3.0-or-later
// What the platform mails on an occasion, in a language. Without a brand it is the platform's own, for all brands that have none.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class NotificationKind : std::uint8_t {
  password_reset,  ///< Somebody asked for a new password.
  new_login,       ///< A login was made without a password: its owner chooses one.
  calls_limited    ///< A customer began more calls to the world in a minute than it may.
};
inline constexpr std::string_view notification_kind_names[] = {"password_reset", "new_login", "calls_limited"};
constexpr std::span<const std::string_view> choices(NotificationKind) {
  return notification_kind_names;
}

/// Deleting it is going back to what was before it: the platform's own, or the built-in text.
struct NotificationTemplate {
  RESOURCE(NotificationTemplate, notification_templates)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<NotificationTemplate>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .read_only = true)
  FIELD(NotificationKind, kind, .fixed = true)
  FIELD(Text, language, .form = Form::language, .required = true, .title = true)
  FIELD(Text, subject, .required = true, .title = true, .max = 200)  // Mustache: {{login}}.
  FIELD(Text, body, .form = Form::lines, .required = true, .max = 8000)
};

}  // namespace carillon::model

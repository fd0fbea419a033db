// SPDX-License-Identifier: GPL-3.0-or-later
// What is mailed on an occasion: the brand's text, the platform's or the built-in one, in the reader's language (Mustache,
// without logic of ours: values are texts).
#pragma once

#include <vector>

#include "model/notification_template.hpp"
#include "model/validate.hpp"
#include "store/logins.hpp"
#include "store/outbox.hpp"

namespace carillon::store {

struct Variable {
  std::string_view name;
  std::string_view meaning;
  std::string_view example;
};

/// What a text of that kind may name.
std::span<const Variable> variables_of(model::NotificationKind kind);

/// The built-in text; of English when there is none in the language.
model::NotificationTemplate built_in(model::NotificationKind kind, std::string_view language);
inline constexpr std::string_view built_in_languages[] = {"en", "es"};

/// A value for each variable of the kind, by its name.
using Values = std::vector<std::pair<std::string, std::string>>;
Values example_values(model::NotificationKind kind);

/// What is wrong with a text: variables that there are not, sections that do not end, more than a mail may hold.
std::vector<model::FieldFault> check_template(const model::NotificationTemplate& text);

/// Subject and text with the values in place. The text has been checked.
Mail render(const model::NotificationTemplate& text, const Values& values);

/// The mail for the owner of a login, to its address and in its brand's name; `expires_at` is left to the caller. Reads what is
/// the brand's and the platform's, so the connection has to be the platform's.
Result<Mail> write_mail(Database& database, model::NotificationKind kind, const Login& reader, const Values& values);

}  // namespace carillon::store

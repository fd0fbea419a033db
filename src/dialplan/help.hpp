// SPDX-License-Identifier: GPL-3.0-or-later
// Calls for help: what asks for it, and at which number it answers (reliability, section 6.1).
#pragma once

#include <string>
#include <string_view>

#include "directory/snapshot.hpp"

namespace carillon::dialplan {

/// The number of the customer's country at which help answers to what was dialled: such a number, with or without the outbound
/// prefix, or the name of the service (RFC 5031). Empty: it is no call for help.
std::string help_number(const directory::Customer& customer, std::string_view dialled);

/// Whether nothing may keep it but a wrong password.
inline bool is_for_help(const directory::Customer& customer, std::string_view dialled) {
  return !help_number(customer, dialled).empty();
}

/// The one number of that country that all help answers at: 112, and where there is none, or in the Americas first, 911; else
/// 999, else the first that the country has.
const std::string& general_help_number(const directory::Customer& customer);

}  // namespace carillon::dialplan

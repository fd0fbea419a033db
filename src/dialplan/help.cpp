// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialplan/help.hpp"

#include <algorithm>
#include <array>

#include "base/service_urn.hpp"
#include "dialplan/decide.hpp"

namespace carillon::dialplan {

const std::string& general_help_number(const directory::Customer& customer) {
  using Order = std::array<std::string_view, 3>;
  // Calling codes of the Americas begin so. The European number is in many lists there, but not everybody answers it.
  const std::string& code = customer.country_code();
  const bool is_american = code.starts_with('1') || code.starts_with('5');
  const std::span<const std::string> known = customer.emergency_numbers();
  for (const std::string_view wanted : is_american ? Order{"911", "112", "999"} : Order{"112", "911", "999"})
    if (const auto number = std::ranges::find(known, wanted); number != known.end()) return *number;
  return known.front();
}

std::string help_number(const directory::Customer& customer, std::string_view dialled) {
  if (asks_for_help(dialled)) return general_help_number(customer);
  // RFC 3261 §19.1.6: what a telephone made of a tel: URI keeps its parameters, as 112;phone-context=+34.
  const auto number = normalise_number(dialled.substr(0, dialled.find(';')));
  return number ? std::string(emergency_number(customer, *number)) : std::string();
}

}  // namespace carillon::dialplan

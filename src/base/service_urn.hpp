// SPDX-License-Identifier: GPL-3.0-or-later
// Help asked for by its name instead of a number (RFC 5031): urn:service:sos, urn:service:sos.fire.
#pragma once

#include <algorithm>
#include <string_view>

namespace carillon {

/// Whether that is urn:service:sos or a service below it, in any case. What stands behind "sos." is not looked at: RFC 5031 §3
/// has who does not know a service ask for the one above it, and whoever misspells one needs help all the same.
constexpr bool asks_for_help(std::string_view uri) {
  constexpr std::string_view help = "urn:service:sos";
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  if (!std::ranges::equal(uri.substr(0, help.size()), help, {}, small)) return false;
  // A service below it, or what RFC 8141 §2 puts behind a name.
  return uri.size() == help.size() || std::string_view(".?#;").contains(uri[help.size()]);
}

}  // namespace carillon

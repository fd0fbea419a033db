// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept from somebody: by hand, or when a limit was reached. Emergency calls are kept from nobody.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace carillon::model {

enum class Lock : std::uint8_t {
  none,
  foreign,   ///< Calls to anybody but its own customer.
  outgoing,  ///< All calls that it makes,
  all,       ///< and those to it,
  global,    ///< and the portal.
  ported     ///< Its number has gone elsewhere: it may not register, and calls to it are forwarded alone.
};
inline constexpr std::string_view lock_names[] = {"none", "foreign", "outgoing", "all", "global", "ported"};
constexpr std::span<const std::string_view> choices(Lock) {
  return lock_names;
}

}  // namespace carillon::model

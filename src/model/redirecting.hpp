// SPDX-License-Identifier: GPL-3.0-or-later
// Whose number the other side reads when a call was forwarded to it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace carillon::model {

enum class Redirecting : std::uint8_t {
  none,     ///< Nobody's: it is not told that the call was forwarded.
  network,  ///< The number that the platform knows of whoever forwarded it.
  user      ///< The one that whoever forwarded it wrote itself, where it is one of its own; else as `network`.
};
inline constexpr std::string_view redirecting_names[] = {"none", "network", "user"};
constexpr std::span<const std::string_view> choices(Redirecting) {
  return redirecting_names;
}

}  // namespace carillon::model

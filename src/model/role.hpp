// SPDX-License-Identifier: GPL-3.0-or-later
// The four kinds of people who log in, from the one who may most to the one who may least.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace carillon::model {

enum class Role : std::uint8_t { platform, brand, customer, user };
inline constexpr std::string_view role_names[] = {"platform", "brand", "customer", "user"};
constexpr std::span<const std::string_view> choices(Role) {
  return role_names;
}

/// Whether `role` stands at or above `lowest`.
constexpr bool reaches(Role role, Role lowest) {
  return role <= lowest;
}

}  // namespace carillon::model

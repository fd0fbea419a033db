// SPDX-License-Identifier: GPL-3.0-or-later
// Which passwords people may choose: those that a list of guesses does not begin with.
#pragma once

#include <string>
#include <string_view>

namespace carillon::store {

constexpr std::size_t password_min = 12;  ///< Characters.
constexpr std::size_t password_bytes_max = 256;

/// What is wrong with a new password of this login, as the rest of a sentence that begins with the field's name; empty when
/// nothing is.
std::string password_fault(std::string_view password, std::string_view login);

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of the world, and patterns of them, as people write them and as they are kept: in E.164 with +.
#pragma once

#include <string>
#include <string_view>

namespace carillon::model {

/// "34941941941" and "+34 941-941-941" become "+34941941941". What is no such number stays as it is, and has not Form::e164.
std::string in_e164(std::string_view written);

/// A pattern of numbers for numbers with +: "^34" becomes "^\+34", in each of its alternatives ("^34|^35"). One that says +
/// itself, or begins with anything else than digits, a class or a group, stays as it is.
std::string pattern_in_e164(std::string_view written);

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of the world as people write them and as they are kept: in E.164 with +.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::model {

/// "34941941941" and "+34 941-941-941" become "+34941941941". What is no such number stays as it is, and has not Form::e164.
std::string in_e164(std::string_view written);
/// The least number of 15 digits that begins like a number or prefix with its +, and the greatest.
std::int64_t least_number(std::string_view prefix);
std::int64_t greatest_number(std::string_view prefix);

/// Whether numbers in E.164 may begin so: "+34", 1 to 15 digits behind the +.
bool is_number_prefix(std::string_view text);

}  // namespace carillon::model

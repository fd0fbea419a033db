// SPDX-License-Identifier: GPL-3.0-or-later
// Signs that people put between digits are left out; a + is put in front.
#include "model/number.hpp"

#include "model/validate.hpp"

namespace carillon::model {
namespace {

constexpr std::string_view between_digits = " -./";

}  // namespace

std::string in_e164(std::string_view written) {
  std::string number;
  for (const char c : written)
    if (!between_digits.contains(c)) number.push_back(c);
  if (!number.starts_with('+')) number.insert(0, "+");
  return has_form(number, Form::e164) ? number : std::string(written);
}

namespace {

constexpr std::size_t longest_number = 15;  // ITU-T E.164 §6; no country begins with 0.

/// Nothing but digits count, and of those the first fifteen.
std::int64_t number_filled(std::string_view prefix, std::int64_t digit) {
  std::int64_t number = 0;
  std::size_t digits = 0;
  for (const char c : prefix)
    if (c >= '0' && c <= '9' && digits < longest_number) {
      number = number * 10 + (c - '0');
      ++digits;
    }
  for (; digits < longest_number; ++digits) number = number * 10 + digit;
  return number;
}

}  // namespace

std::int64_t least_number(std::string_view prefix) {
  return number_filled(prefix, 0);
}

std::int64_t greatest_number(std::string_view prefix) {
  return number_filled(prefix, 9);
}

bool is_number_prefix(std::string_view text) {
  return text.size() >= 2 && text.size() <= longest_number + 1 && text[0] == '+' && text[1] != '0' &&
         has_form(text.substr(1), Form::digits);
}

}  // namespace carillon::model

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

bool is_number_prefix(std::string_view text) {
  constexpr std::size_t most_digits = 15;  // ITU-T E.164 §6; no country begins with 0.
  return text.size() >= 2 && text.size() <= most_digits + 1 && text[0] == '+' && text[1] != '0' &&
         has_form(text.substr(1), Form::digits);
}

}  // namespace carillon::model

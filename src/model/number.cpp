// SPDX-License-Identifier: GPL-3.0-or-later
// Signs that people put between digits are left out; a + is put where a number begins.
#include "model/number.hpp"

#include <vector>

#include "model/validate.hpp"

namespace carillon::model {
namespace {

constexpr std::string_view between_digits = " -./";

/// Behind the class that begins at `at`; the end when it is not closed.
std::size_t end_of_class(std::string_view pattern, std::size_t at) {
  std::size_t i = at + 1;
  if (i < pattern.size() && pattern[i] == '^') ++i;
  if (i < pattern.size() && pattern[i] == ']') ++i;  // The first one is a sign like others.
  for (; i < pattern.size() && pattern[i] != ']'; ++i)
    if (pattern[i] == '\\') ++i;
  return std::min(i + 1, pattern.size());
}

/// Behind the sign, escape or class at `at`.
std::size_t end_of_piece(std::string_view pattern, std::size_t at) {
  if (pattern[at] == '[') return end_of_class(pattern, at);
  return std::min(at + (pattern[at] == '\\' ? 2 : 1), pattern.size());
}

/// The alternatives of a pattern, without those within its groups.
std::vector<std::string_view> alternatives_of(std::string_view pattern) {
  std::vector<std::string_view> all;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t at = 0; at < pattern.size(); at = end_of_piece(pattern, at)) {
    if (pattern[at] == '(') ++depth;
    if (pattern[at] == ')') --depth;
    if (pattern[at] != '|' || depth != 0) continue;
    all.push_back(pattern.substr(begin, at - begin));
    begin = at + 1;
  }
  all.push_back(pattern.substr(begin));
  return all;
}

/// Whether a + is a sign of its own in what an alternative begins with: its first piece, all of it if that is a group.
bool says_plus(std::string_view text) {
  const bool is_group = text.starts_with('(');
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_piece(text, at);
    const std::string_view piece = text.substr(at, end - at);
    if (piece == "\\+" || (piece.starts_with('[') && piece.contains('+'))) return true;
    if (!is_group || piece == ")") return false;
    at = end;
  }
  return false;
}

bool begins_a_number(std::string_view text) {
  if (text.empty() || says_plus(text)) return false;
  return (text[0] >= '0' && text[0] <= '9') || text[0] == '[' || text[0] == '(' || text.starts_with("\\d");
}

}  // namespace

std::string in_e164(std::string_view written) {
  std::string number;
  for (const char c : written)
    if (!between_digits.contains(c)) number.push_back(c);
  if (!number.starts_with('+')) number.insert(0, "+");
  return has_form(number, Form::e164) ? number : std::string(written);
}

std::string pattern_in_e164(std::string_view written) {
  std::string pattern;
  for (std::string_view one : alternatives_of(written)) {
    if (!pattern.empty() || one.data() != written.data()) pattern += '|';
    const bool is_anchored = one.starts_with('^');
    if (is_anchored) one.remove_prefix(1);
    if (is_anchored) pattern += begins_a_number(one) ? "^\\+" : "^";
    pattern += one;
  }
  return pattern;
}

}  // namespace carillon::model

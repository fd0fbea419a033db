// SPDX-License-Identifier: GPL-3.0-or-later
// The small pieces that SDP lines are made of: tokens between blanks, decimal numbers, names compared without case.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace carillon::sdp {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

constexpr std::string_view trim_left(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}
constexpr std::string_view trim_right(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Cuts the next token off `text`, with the blanks behind it.
constexpr std::string_view take_token(std::string_view& text) {
  text = trim_left(text);
  std::size_t length = 0;
  while (length < text.size() && !is_blank(text[length])) ++length;
  const std::string_view token = text.substr(0, length);
  text = trim_left(text.substr(length));
  return token;
}

/// A whole decimal number that fits.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// ASCII letters compared without case.
constexpr bool same_token(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  constexpr auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

}  // namespace carillon::sdp

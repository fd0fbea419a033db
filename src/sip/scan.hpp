// SPDX-License-Identifier: GPL-3.0-or-later
// Character classes and small scanners that all parsers of this folder share, so that a byte means the same everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace carillon::sip {

/// Bits of a character's classes (RFC 3261 §25.1).
enum CharClass : std::uint8_t {
  token_char = 1,     ///< token
  user_char = 2,      ///< unreserved / user-unreserved, and ':' between user and password is not in it
  password_char = 4,  ///< what a password may hold
  param_char = 8,     ///< param-unreserved / unreserved: names and values of URI parameters
  header_char = 16,   ///< hnv-unreserved / unreserved: the part behind '?'
  host_char = 32,     ///< letters, digits, '-', '.', and '_', which the RFC forbids and hosts use
  digit_char = 64,
  blank_char = 128,  ///< SP, HTAB, and CR and LF, which inside a value can only be a fold
};

constexpr std::array<std::uint8_t, 256> make_char_classes() {
  std::array<std::uint8_t, 256> table{};
  auto mark = [&table](std::string_view characters, std::uint8_t bits) {
    for (char c : characters) table[static_cast<unsigned char>(c)] |= bits;
  };
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view digits = "0123456789";
  constexpr std::uint8_t in_uris = user_char | password_char | param_char | header_char;
  mark(letters, token_char | host_char | in_uris);
  mark(digits, token_char | host_char | digit_char | in_uris);
  mark("-_.!~*'()", in_uris);  // mark
  mark("-.!%*_+`'~", token_char);
  mark("-._", host_char);
  mark("&=+$,;?/", user_char);
  mark("&=+$,", password_char);
  mark("[]/:&+$", param_char);
  mark("[]/?:+$", header_char);
  mark(" \t\r\n", blank_char);
  return table;
}
inline constexpr std::array<std::uint8_t, 256> char_classes = make_char_classes();

constexpr bool is_a(char c, std::uint8_t classes) {
  return (char_classes[static_cast<unsigned char>(c)] & classes) != 0;
}
constexpr bool is_blank(char c) {
  return is_a(c, blank_char);
}
constexpr bool is_digit(char c) {
  return is_a(c, digit_char);
}

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Value of a hex digit, or -1.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr std::string_view trim_front(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}
constexpr std::string_view trim_back(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}
constexpr std::string_view trim(std::string_view text) {
  return trim_back(trim_front(text));
}

/// ASCII case ignored.
constexpr bool same_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// How many leading bytes are of these classes.
constexpr std::size_t span_of(std::string_view text, std::uint8_t classes) {
  std::size_t n = 0;
  while (n < text.size() && is_a(text[n], classes)) ++n;
  return n;
}

constexpr bool is_token(std::string_view text) {
  return !text.empty() && span_of(text, token_char) == text.size();
}

/// All bytes are of these classes or a '%' with two hex digits.
constexpr bool is_escaped_text(std::string_view text, std::uint8_t classes) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_a(text[i], classes)) continue;
    if (text[i] != '%' || text.size() - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return false;
    i += 2;
  }
  return true;
}

/// A decimal of digits only, at most `max`; nothing otherwise.
constexpr std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t max) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (value > max) return std::nullopt;
  }
  return static_cast<std::uint32_t>(value);
}

/// The first byte below 0x20 other than HTAB at or after `from`, or `end`. Eight bytes at a time: this is where a parse spends
/// its time.
inline const char* find_control(const char* from, const char* end) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  while (end - from >= 8) {
    std::uint64_t word;
    std::memcpy(&word, from, 8);
    // A byte below 0x20 leaves its top bit set; a borrow can only set false ones above a true one, which the loop below sorts
    // out.
    if (((word - ones * 0x20) & ~word & (ones * 0x80)) == 0) {
      from += 8;
      continue;
    }
    for (int i = 0; i < 8; ++i, ++from) {
      if (static_cast<unsigned char>(*from) < 0x20 && *from != '\t') return from;
    }
  }
  while (from != end && (static_cast<unsigned char>(*from) >= 0x20 || *from == '\t')) ++from;
  return from;
}

/// The end of the quoted string that begins at text[at] == '"': the index behind its closing quote, or npos when it does not
/// close.
constexpr std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

}  // namespace carillon::sip

// SPDX-License-Identifier: GPL-3.0-or-later
// Length, the login's own name, what everybody takes, and what is no more than a pattern.
#include "store/password_policy.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace carillon::store {
namespace {

/// What people make long passwords of. One of them with digits and signs around it is no better.
constexpr std::string_view common[] = {
    "123456",       "abcdefghijkl", "admin",    "administrator", "asdfghjkl", "carillon", "changeit",   "changeme",  "company",
    "correcthorse", "default",      "football", "iloveyou",      "letmein",   "login",    "master",     "monkey",    "operator",
    "password",     "passw0rd",     "p@ssw0rd", "pa$$word",      "passwort",  "platform", "princess",   "qwerty",    "qwertyuiop",
    "qwertz",       "secret",       "security", "server",        "sunshine",  "superman", "supervisor", "telephone", "telefon",
    "temporary",    "trustno1",     "user",     "voip",          "welcome",   "whatever", "yxcvbnm",    "zxcvbnm",
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

std::string letters_of(std::string_view text) {
  std::string letters;
  std::ranges::copy_if(text, std::back_inserter(letters), is_letter);
  return letters;
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

/// The text again and again: "abcabcabcabc".
bool is_repetition(std::string_view text) {
  for (std::size_t period = 1; period <= text.size() / 3; ++period) {
    if (text.substr(period) == text.substr(0, text.size() - period)) return true;
  }
  return false;
}

/// Each character next to the one before it: "abcdefghijkl", "987654321098".
bool is_run(std::string_view text) {
  std::size_t steps = 0;
  for (std::size_t i = 1; i < text.size(); ++i) steps += std::abs(text[i] - text[i - 1]) <= 1 ? 1 : 0;
  return steps + 3 >= text.size();
}

/// A common word is all there is to it, once or several times.
bool is_common(std::string_view lower) {
  const std::string letters = letters_of(lower);
  return std::ranges::any_of(common, [&](std::string_view word) {
    std::string rest(lower);
    for (std::size_t at = rest.find(word); at != std::string::npos; at = rest.find(word)) rest.erase(at, word.size());
    const bool is_there = rest.size() < lower.size();
    return (is_there && letters_of(rest).empty()) || letters == word;
  });
}

}  // namespace

std::string password_fault(std::string_view password, std::string_view login) {
  if (characters_in(password) < password_min) return fmt::format("needs at least {} characters", password_min);
  if (password.size() > password_bytes_max) return fmt::format("has more than {} bytes", password_bytes_max);
  const std::string lower = lower_case(password);
  const std::string name = lower_case(login);
  const std::string local = name.substr(0, name.find('@'));
  std::string rest = lower;
  for (const std::string& own : {name, local}) {
    for (std::size_t at = own.empty() ? std::string::npos : rest.find(own); at != std::string::npos; at = rest.find(own)) {
      rest.erase(at, own.size());
    }
  }
  const bool is_name = rest.size() < lower.size() && letters_of(rest).empty();
  if (is_name) return "is the login's name";
  if (is_common(lower) || is_repetition(lower) || is_run(lower)) return "is one that many people take";
  const std::set<char> different(lower.begin(), lower.end());
  return different.size() < 5 ? "has too few different characters" : "";
}

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// Walks and checks parameters.
#include "sip/params.hpp"

#include <algorithm>

#include "sip/scan.hpp"

namespace carillon::sip {
namespace {

/// Bytes of an unquoted parameter value. Wider than a token: hosts, base64 and UTF-8 occur there and separate nothing.
constexpr bool is_value_char(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != ';' && c != ',' && c != '"' && c != '<' && c != '>';
}

std::size_t value_length(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_value_char(text[n])) ++n;
  return n;
}

}  // namespace

void Params::Iterator::advance() {
  std::string_view rest = trim_front(rest_);
  done_ = rest.empty() || rest.front() != ';';
  if (done_) return;
  rest = trim_front(rest.substr(1));
  const char* begin = rest.data();
  std::size_t n = 0;
  while (n < rest.size() && rest[n] != '=' && rest[n] != ';' && !is_blank(rest[n])) ++n;
  param_ = {.name = rest.substr(0, n), .value = {}, .raw = rest.substr(0, n)};
  rest.remove_prefix(n);
  std::string_view after = trim_front(rest);
  if (!after.empty() && after.front() == '=') {
    after = trim_front(after.substr(1));
    const bool quoted = !after.empty() && after.front() == '"';
    const std::size_t end = quoted ? std::min(end_of_quoted(after, 0), after.size()) : value_length(after);
    param_.value = quoted && end >= 2 ? after.substr(1, end - 2) : after.substr(0, end);
    param_.raw = {begin, static_cast<std::size_t>(after.data() + end - begin)};
    rest = after.substr(end);
  }
  rest_ = rest;
}

std::optional<std::string_view> Params::find(std::string_view name) const {
  for (const Param& param : *this) {
    if (same_ignoring_case(param.name, name)) return param.value;
  }
  return std::nullopt;
}

bool Params::take(std::string_view& text, Param& param) {
  std::string_view rest = trim_front(text);
  if (rest.empty() || rest.front() != ';') return false;
  rest = trim_front(rest.substr(1));
  const std::size_t name = span_of(rest, token_char);
  if (name == 0) return false;
  const char* const begin = rest.data();
  param = {.name = rest.substr(0, name), .value = {}, .raw = rest.substr(0, name)};
  rest.remove_prefix(name);
  if (const std::string_view after = trim_front(rest); !after.empty() && after.front() == '=') {
    rest = trim_front(after.substr(1));
    const bool quoted = !rest.empty() && rest.front() == '"';
    const std::size_t length = quoted ? end_of_quoted(rest, 0) : value_length(rest);
    if (length == 0 || length == std::string_view::npos) return false;
    param.value = quoted ? rest.substr(1, length - 2) : rest.substr(0, length);
    rest.remove_prefix(length);
    param.raw = {begin, static_cast<std::size_t>(rest.data() - begin)};
  }
  text = rest;
  return true;
}

bool Params::well_formed(std::string_view text) {
  Param param;
  while (take(text, param)) {
  }
  return trim_front(text).empty();
}

}  // namespace carillon::sip

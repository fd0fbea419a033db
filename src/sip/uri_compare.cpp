// SPDX-License-Identifier: GPL-3.0-or-later
// Compares URIs (RFC 3261 §19.1.4).
#include <algorithm>

#include "sip/scan.hpp"
#include "sip/uri.hpp"

namespace carillon::sip {
namespace {

/// Takes one character off the front, an escape counting as what it stands for.
char take(std::string_view& text) {
  char c = text.front();
  if (c == '%' && text.size() > 2 && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0) {
    c = static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2]));
    text.remove_prefix(2);
  }
  text.remove_prefix(1);
  return c;
}

bool same_text(std::string_view a, std::string_view b, bool ignore_case) {
  while (!a.empty() && !b.empty()) {
    const char left = take(a);
    const char right = take(b);
    if (left != right && !(ignore_case && to_lower(left) == to_lower(right))) return false;
  }
  return a.empty() && b.empty();
}

const Param* find_param(const Params& params, std::string_view name, Params::Iterator& found) {
  for (found = params.begin(); found != params.end(); ++found) {
    if (same_text(found->name, name, true)) return &*found;
  }
  return nullptr;
}

/// A parameter that only one URI has is ignored, except these, which change where the request goes or what it means.
bool must_be_in_both(std::string_view name) {
  constexpr std::string_view names[] = {"user", "ttl", "method", "maddr", "transport"};
  return std::ranges::any_of(names, [name](std::string_view one) { return same_text(one, name, true); });
}

/// §19.1.1 forbids a name that stands twice; the first one counts.
bool params_agree(const Params& a, const Params& b) {
  Params::Iterator first;
  Params::Iterator other;
  for (const Param& param : a) {
    if (find_param(a, param.name, first)->raw.data() != param.raw.data()) continue;
    const Param* match = find_param(b, param.name, other);
    if (match == nullptr ? must_be_in_both(param.name) : !same_text(param.value, match->value, true)) return false;
  }
  return true;
}

std::size_t count_headers(std::string_view headers) {
  return headers.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(headers, '&'));
}

/// Every header of `a` stands in `b` with the same value.
bool headers_contained(std::string_view a, std::string_view b) {
  while (!a.empty()) {
    const std::string_view header = a.substr(0, a.find('&'));
    a.remove_prefix(std::min(header.size() + 1, a.size()));
    const std::size_t equals = header.find('=');
    bool found = false;
    for (std::string_view rest = b; !rest.empty() && !found;) {
      const std::string_view other = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(other.size() + 1, rest.size()));
      const std::size_t other_equals = other.find('=');
      found = same_text(header.substr(0, equals), other.substr(0, other_equals), true) &&
              same_text(header.substr(equals + 1), other.substr(other_equals + 1), false);
    }
    if (!found) return false;
  }
  return true;
}

/// RFC 3966 §4: separators do not count.
bool same_number(std::string_view a, std::string_view b) {
  auto next = [](std::string_view& text) {
    while (!text.empty() && std::string_view("-.()").find(text.front()) != std::string_view::npos) text.remove_prefix(1);
    if (text.empty()) return '\0';
    const char c = to_lower(text.front());
    text.remove_prefix(1);
    return c;
  };
  for (;;) {
    const char left = next(a);
    if (left != next(b)) return false;
    if (left == '\0') return true;
  }
}

}  // namespace

bool same_account(const Uri& a, const Uri& b) {
  if (a.scheme != b.scheme) return false;
  if (a.scheme == Scheme::other) return a.text == b.text;
  if (a.scheme == Scheme::tel) return same_number(a.user, b.user);
  return a.has_user == b.has_user && same_text(a.user, b.user, false) && same_ignoring_case(a.host, b.host) && a.port == b.port;
}

bool equivalent(const Uri& a, const Uri& b) {
  if (!same_account(a, b)) return false;
  return same_text(a.password, b.password, false) && params_agree(a.params, b.params) && params_agree(b.params, a.params) &&
         count_headers(a.headers) == count_headers(b.headers) && headers_contained(a.headers, b.headers) &&
         headers_contained(b.headers, a.headers);
}

}  // namespace carillon::sip

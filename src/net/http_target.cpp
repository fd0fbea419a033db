// SPDX-License-Identifier: GPL-3.0-or-later
// Decoding happens once, here, so that whoever checks a path and whoever uses it see the same one.
#include "net/http_target.hpp"

#include <charconv>

namespace carillon::net {

namespace {

// RFC 3986 §2.1; in queries '+' is a blank as HTML forms write it.
std::optional<std::string> decode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); i++) {
    unsigned char byte = static_cast<unsigned char>(text[i]);
    if (byte == '%') {
      const std::string_view digits = text.substr(i + 1, 2);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
      if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
      i += 2;
    } else if (byte == '+' && plus_is_blank) {
      byte = ' ';
    }
    if (byte < 0x20 || byte == 0x7f) return std::nullopt;
    decoded += static_cast<char>(byte);
  }
  return decoded;
}

bool climbs(std::string_view path) {
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "..") return true;
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
  }
  return false;
}

std::optional<HttpFields> parse_query(std::string_view text) {
  HttpFields fields;
  while (!text.empty()) {
    const std::string_view field = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(field.size() + 1, text.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    auto name = decode(field.substr(0, equals), true);
    auto value = decode(field.substr(std::min(equals + 1, field.size())), true);
    if (!name || !value) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

}  // namespace

std::optional<HttpTarget> parse_http_target(std::string_view target) {
  if (const std::size_t scheme = target.find("://"); scheme != std::string_view::npos && !target.starts_with('/')) {
    const std::size_t path = target.find_first_of("/?", scheme + 3);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  if (!target.starts_with('/')) return std::nullopt;
  const std::size_t question = std::min(target.find('?'), target.size());
  auto path = decode(target.substr(0, question), false);
  auto query = parse_query(target.substr(std::min(question + 1, target.size())));
  if (!path || !query || climbs(*path)) return std::nullopt;
  return HttpTarget{std::move(*path), std::move(*query)};
}

}  // namespace carillon::net

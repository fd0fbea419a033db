// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/session_id.hpp"

#include <string>

#include "base/id.hpp"
#include "sip/scan.hpp"

namespace carillon::sip {

SessionId SessionId::make() {
  SessionId id;
  const std::string digits = to_hex(random_bits()) + to_hex(random_bits());
  digits.copy(id.digits_.data(), id.digits_.size());
  id.digits_[12] = '4';  // The version, and the variant of RFC 4122.
  id.digits_[16] = "89ab"[hex_value(id.digits_[16]) & 3];
  return id;
}

std::optional<SessionId> SessionId::of_sender(const Message& message) {
  const std::string_view value = message.first(HeaderId::session_id).value_or("");
  return parse(value.substr(0, value.find_first_of("; \t")));
}

std::optional<SessionId> SessionId::parse(std::string_view text) {
  SessionId id;
  if (text.size() != id.digits_.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char digit = to_lower(text[i]);
    if (hex_value(digit) < 0) return std::nullopt;
    id.digits_[i] = digit;
  }
  return id.is_known() ? std::optional(id) : std::nullopt;
}

}  // namespace carillon::sip

// SPDX-License-Identifier: GPL-3.0-or-later
// Lower-case hex throughout.
#include "sip/transaction_token.hpp"

#include <algorithm>
#include <charconv>

#include "base/id.hpp"

namespace carillon::sip {
namespace {

constexpr std::string_view cookie = "z9hG4bK";
constexpr std::size_t token_size = 2 + 32;

void append_hex(std::string& out, std::uint64_t bits, int digits) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += hex[(bits >> shift) & 15U];
}

void append_token(std::string& out, std::uint8_t slot) {
  append_hex(out, slot, 2);
  append_hex(out, random_bits(), 16);
  append_hex(out, random_bits(), 16);
}

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

std::string make_branch(std::uint8_t slot) {
  std::string branch;
  branch.reserve(cookie.size() + token_size);
  branch = cookie;
  append_token(branch, slot);
  return branch;
}

std::string make_tag(std::uint8_t slot) {
  std::string tag;
  tag.reserve(token_size);
  append_token(tag, slot);
  return tag;
}

std::optional<std::uint8_t> slot_of_branch(std::string_view branch) {
  if (!branch.starts_with(cookie)) return std::nullopt;
  return slot_of_tag(branch.substr(cookie.size()));
}

std::optional<std::uint8_t> slot_of_tag(std::string_view tag) {
  if (tag.size() != token_size || !std::ranges::all_of(tag, is_hex_digit)) return std::nullopt;
  std::uint8_t slot = 0;
  std::from_chars(tag.data(), tag.data() + 2, slot, 16);
  return slot;
}

}  // namespace carillon::sip

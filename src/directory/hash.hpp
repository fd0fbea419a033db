// SPDX-License-Identifier: GPL-3.0-or-later
// The hashes behind the lookups of a snapshot. For this module only.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace carillon::directory {

inline std::uint64_t hash_of(std::string_view text) {
  return std::hash<std::string_view>()(text);
}
/// Ids made in the same millisecond differ in few bits: the multiplication spreads them, the shift brings them down.
inline std::uint64_t hash_of(std::int64_t id) {
  return (static_cast<std::uint64_t>(id) * 0x9e3779b97f4a7c15U) >> 20;
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace carillon::directory

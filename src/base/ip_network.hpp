// SPDX-License-Identifier: GPL-3.0-or-later
// A range of addresses as people write it: "203.0.113.0/24", "2001:db8::/32", or one address alone.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon {

/// IPv4 as mapped IPv6, as in net::Address. A plain value.
struct IpNetwork {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t bits = 128;  ///< Of `bytes`: those that count, 96 and more for IPv4.

  /// Nothing for names, for lengths out of range, and for bits behind the length that are not zero: whoever wrote them meant
  /// something else.
  static std::optional<IpNetwork> parse(std::string_view text);
  bool contains(const std::array<std::uint8_t, 16>& address) const;
};

}  // namespace carillon

// SPDX-License-Identifier: GPL-3.0-or-later
// Unspecified, multicast and broadcast addresses are nobody's.
#include "api/host_address.hpp"

namespace carillon::api {

namespace {

bool is_multicast(const net::Address& address) {
  constexpr std::uint8_t v6 = 0xff;
  const std::uint8_t of_v4 = address.bytes[12];
  return address.is_v4() ? of_v4 >= 224 : address.bytes[0] == v6;
}

}  // namespace

std::optional<net::Address> host_address_in(std::string_view text) {
  const auto address = net::Address::parse(text, 0);
  if (!address || address->is_unspecified() || is_multicast(*address)) return std::nullopt;
  return address;
}

}  // namespace carillon::api

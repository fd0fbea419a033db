// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses as people write them into configuration.
#pragma once

#include <optional>
#include <string_view>

#include "net/network.hpp"

namespace carillon::api {

/// An address that somebody can have, IPv6 with or without brackets: neither unspecified nor of a group. host() of it is how it
/// is written once.
std::optional<net::Address> host_address_in(std::string_view text);

}  // namespace carillon::api

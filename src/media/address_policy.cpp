// SPDX-License-Identifier: GPL-3.0-or-later
// The classes of addresses that media never goes to.
#include "media/address_policy.hpp"

#include <algorithm>

namespace carillon::media {

namespace {

/// RFC 6890: blocks that are not public, and those that are no unicast destination at all.
bool is_private_v4(unsigned a, unsigned b) {
  return a == 10 || a == 127 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) || (a == 169 && b == 254) ||
         (a == 100 && b >= 64 && b < 128);
}

bool is_unicast(const net::Address& address) {
  if (address.is_v4()) return address.bytes[12] != 0 && address.bytes[12] < 224;
  return !address.is_unspecified() && address.bytes[0] != 0xff;
}

}  // namespace

bool is_private(const net::Address& address) {
  if (address.is_v4()) return is_private_v4(address.bytes[12], address.bytes[13]);
  bool is_unique_local = (address.bytes[0] & 0xfe) == 0xfc;
  bool is_link_local = address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80;
  return is_unique_local || is_link_local || address.is_loopback();
}

AddressPolicy::AddressPolicy(std::vector<net::Address> media_hosts, std::vector<net::Address> own_hosts,
                             std::vector<net::Address> listeners)
    : own_hosts_(std::move(own_hosts)), listeners_(std::move(listeners)) {
  is_loopback_allowed_ = std::ranges::any_of(media_hosts, &net::Address::is_loopback);
  own_hosts_.insert(own_hosts_.end(), media_hosts.begin(), media_hosts.end());
}

bool AddressPolicy::is_own_host(const net::Address& address) const {
  return address.is_loopback() || std::ranges::any_of(own_hosts_, [&](auto& own) { return own.same_host(address); });
}

bool AddressPolicy::allows(const net::Address& destination, bool is_loopback_leg) const {
  if (destination.port == 0 || !is_unicast(destination)) return false;
  if (destination.is_loopback() && !is_loopback_allowed_ && !is_loopback_leg) return false;
  if (!is_own_host(destination)) return true;
  if (destination.port < 1024) return false;
  return std::ranges::none_of(listeners_, [&](auto& listener) {
    return listener.port == destination.port && (listener.is_unspecified() || listener.same_host(destination));
  });
}

}  // namespace carillon::media

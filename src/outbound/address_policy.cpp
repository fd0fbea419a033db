// SPDX-License-Identifier: GPL-3.0-or-later
// The registries of addresses that are no public hosts.
#include "outbound/address_policy.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/assert.hpp"

namespace carillon::outbound {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr std::string_view not_public_v4[] = {
    "0.0.0.0/8",        // RFC 1122 §3.2.1.3: this network
    "10.0.0.0/8",       // RFC 1918
    "100.64.0.0/10",    // RFC 6598: behind the NAT of a carrier
    "127.0.0.0/8",      // RFC 1122 §3.2.1.3: loopback
    "169.254.0.0/16",   // RFC 3927: link-local, and the metadata services of clouds
    "172.16.0.0/12",    // RFC 1918
    "192.0.0.0/24",     // RFC 6890: protocol assignments
    "192.0.2.0/24",     // RFC 5737: documentation
    "192.88.99.0/24",   // RFC 7526: 6to4 relays
    "192.168.0.0/16",   // RFC 1918
    "198.18.0.0/15",    // RFC 2544: benchmarks
    "198.51.100.0/24",  // RFC 5737
    "203.0.113.0/24",   // RFC 5737
    "224.0.0.0/4",      // RFC 5771: multicast
    "240.0.0.0/4",      // RFC 1112 §4: reserved, and broadcast
};

constexpr std::string_view no_host[] = {"0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8"};

/// Everything else in IPv6 is local, multicast, a translation of IPv4 or not assigned: ::1, ::ffff:0:0/96, 64:ff9b::/96,
/// fc00::/7, fe80::/10, ff00::/8 …
constexpr std::string_view public_v6 = "2000::/3";
constexpr std::string_view not_public_v6[] = {
    "2001::/23",      // RFC 2928: protocol assignments, Teredo and benchmarks among them
    "2001:db8::/32",  // RFC 3849: documentation
    "2002::/16",      // RFC 3056: 6to4
    "3ffe::/16",      // RFC 3701: the 6bone that was
    "3fff::/20",      // RFC 9637: documentation
};

std::vector<IpNetwork> parsed(std::span<const std::string_view> texts) {
  std::vector<IpNetwork> networks;
  for (const std::string_view text : texts) {
    const auto network = IpNetwork::parse(text);
    CARILLON_ASSERT(network.has_value());
    networks.push_back(*network);
  }
  return networks;
}

bool is_in(std::span<const IpNetwork> networks, const Bytes& bytes) {
  return std::ranges::any_of(networks, [&](const IpNetwork& network) { return network.contains(bytes); });
}

/// IPv4 as IpNetwork has it; nothing for other families.
std::optional<Bytes> bytes_of(const sockaddr& address) {
  Bytes bytes{};
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + 12, &v4.sin_addr, 4);
    return bytes;
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6;
  std::memcpy(&v6, &address, sizeof v6);
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return bytes;
}

}  // namespace

static bool is_public(const Bytes& bytes, bool is_v4) {
  static const std::vector<IpNetwork> refused_v4 = parsed(not_public_v4);
  static const std::vector<IpNetwork> refused_v6 = parsed(not_public_v6);
  static const IpNetwork taken_v6 = *IpNetwork::parse(public_v6);
  if (is_v4) return !is_in(refused_v4, bytes);
  return taken_v6.contains(bytes) && !is_in(refused_v6, bytes);
}

bool is_public(const sockaddr& address) {
  const auto bytes = bytes_of(address);
  return bytes && is_public(*bytes, address.sa_family == AF_INET);
}

AddressPolicy::AddressPolicy(std::span<const std::string> allowed) {
  for (const std::string& text : allowed) {
    if (const auto network = IpNetwork::parse(text)) allowed_.push_back(*network);
  }
}

bool AddressPolicy::allows_plain(const sockaddr& address) const {
  const auto bytes = bytes_of(address);
  return bytes && is_in(allowed_, *bytes);
}

bool AddressPolicy::permits(const sockaddr& address) const {
  return is_public(address) || allows_plain(address);
}

bool AddressPolicy::lists(const net::Address& address) const {
  return is_in(allowed_, address.bytes);
}

bool AddressPolicy::permits(const net::Address& address) const {
  static const std::vector<IpNetwork> never = parsed(no_host);
  if (is_in(never, address.bytes)) return false;
  return is_public(address.bytes, address.is_v4()) || lists(address);
}

}  // namespace carillon::outbound

// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ip_network.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace carillon {

namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// The bits of byte `index` that count.
std::uint8_t mask_at(std::size_t index, unsigned bits) {
  const unsigned before = static_cast<unsigned>(index) * 8;
  if (bits >= before + 8) return 0xff;
  return bits <= before ? 0 : static_cast<std::uint8_t>(0xff << (before + 8 - bits));
}

}  // namespace

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  char address[INET6_ADDRSTRLEN];
  if (host.empty() || host.size() >= sizeof address || host.contains('\0')) return std::nullopt;
  std::memcpy(address, host.data(), host.size());
  address[host.size()] = '\0';

  IpNetwork network;
  const bool is_v4 = !host.contains(':');
  if (is_v4) std::ranges::copy(v4_prefix, network.bytes.begin());
  void* place = network.bytes.data() + (is_v4 ? v4_prefix.size() : 0);
  if (inet_pton(is_v4 ? AF_INET : AF_INET6, address, place) != 1) return std::nullopt;
  if (slash == std::string_view::npos) return network;

  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const unsigned longest = is_v4 ? 32 : 128;
  if (error != std::errc() || end != digits.data() + digits.size() || length > longest) return std::nullopt;
  network.bits = static_cast<std::uint8_t>(128 - longest + length);
  for (std::size_t i = 0; i < network.bytes.size(); ++i)
    if ((network.bytes[i] & ~mask_at(i, network.bits) & 0xff) != 0) return std::nullopt;
  return network;
}

bool IpNetwork::contains(const std::array<std::uint8_t, 16>& address) const {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (((bytes[i] ^ address[i]) & mask_at(i, bits)) != 0) return false;
  return true;
}

}  // namespace carillon

// SPDX-License-Identifier: GPL-3.0-or-later
// Where the carriers' servers are that are known by a name, as the DNS had it last: calls from there are theirs. Beside the
// snapshot, since it changes without anybody having changed the configuration.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "model/carrier_server.hpp"

namespace carillon::directory {

class NamedSources {
 public:
  using Bytes = std::array<std::uint8_t, 16>;  ///< IPv4 as mapped IPv6.

  static constexpr std::size_t servers_max = 256;  ///< That are looked at of those at one address, the oldest.

  /// From now on the server is there; nowhere when there are no addresses.
  void set(Id<model::CarrierServer> server, std::vector<Bytes> addresses);
  /// The oldest first. Valid until the next set().
  std::span<const Id<model::CarrierServer>> find(const Bytes& address) const;
  /// Likewise.
  std::span<const Bytes> addresses_of(Id<model::CarrierServer> server) const;

 private:
  std::map<Bytes, std::vector<Id<model::CarrierServer>>> by_address_;
  std::unordered_map<Id<model::CarrierServer>, std::vector<Bytes>> addresses_;
};

}  // namespace carillon::directory

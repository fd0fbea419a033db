// SPDX-License-Identifier: GPL-3.0-or-later
#include "directory/named_sources.hpp"

#include <algorithm>

namespace carillon::directory {

void NamedSources::set(Id<model::CarrierServer> server, std::vector<Bytes> addresses) {
  if (const auto known = addresses_.find(server); known != addresses_.end()) {
    for (const Bytes& each : known->second) {
      const auto there = by_address_.find(each);
      if (there == by_address_.end()) continue;
      std::erase(there->second, server);
      if (there->second.empty()) by_address_.erase(there);
    }
    addresses_.erase(known);
  }
  std::ranges::sort(addresses);
  addresses.erase(std::ranges::unique(addresses).begin(), addresses.end());
  if (addresses.empty()) return;
  for (const Bytes& each : addresses) {
    std::vector<Id<model::CarrierServer>>& there = by_address_[each];
    there.insert(std::ranges::lower_bound(there, server), server);
  }
  addresses_.emplace(server, std::move(addresses));
}

std::span<const Id<model::CarrierServer>> NamedSources::find(const Bytes& address) const {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) return {};
  return std::span(found->second).first(std::min(found->second.size(), servers_max));
}

std::span<const NamedSources::Bytes> NamedSources::addresses_of(Id<model::CarrierServer> server) const {
  const auto found = addresses_.find(server);
  return found == addresses_.end() ? std::span<const Bytes>() : std::span<const Bytes>(found->second);
}

}  // namespace carillon::directory

// SPDX-License-Identifier: GPL-3.0-or-later
// One look for each length of prefix that somebody has configured, of which there are few.
#include "directory/sources.hpp"

#include <algorithm>
#include <tuple>

#include "directory/snapshot.hpp"

namespace carillon::directory {

namespace {

using Bytes = std::array<std::uint8_t, 16>;

std::string key_of(Bytes address, std::uint8_t bits) {
  for (std::size_t i = bits / 8U; i < address.size(); ++i) {
    const unsigned kept = i == bits / 8U ? bits % 8U : 0U;
    address[i] = static_cast<std::uint8_t>(address[i] & (0xff00U >> kept));
  }
  std::string key(address.begin(), address.end());
  key += static_cast<char>(bits);
  return key;
}

}  // namespace

Sources::Sources(std::span<const std::shared_ptr<const Brand>> brands) {
  for (std::uint32_t b = 0; b < brands.size(); ++b) {
    const auto carriers = brands[b]->routing->carriers();
    for (std::uint32_t c = 0; c < carriers.size(); ++c) {
      if (!carriers[c]->is_active) continue;
      for (const model::CarrierRegistration& each : carriers[c]->registrations)
        if (each.active) by_contact_.emplace(each.contact_user, Registered{{brands[b].get(), carriers[c].get()}, &each});
      for (const CarrierServer& each : carriers[c]->servers)
        if (each.is_named_source) by_server_.emplace(each.row.id, Named{{brands[b].get(), carriers[c].get()}, &each, b, c});
      for (const CarrierSource& source : carriers[c]->sources) {
        networks_[key_of(source.network.bytes, source.network.bits)].push_back(
            {{brands[b].get(), carriers[c].get()}, b, c, source.port});
        if (std::ranges::find(lengths_, source.network.bits) == lengths_.end()) lengths_.push_back(source.network.bits);
      }
    }
  }
}

std::vector<Sources::Found> Sources::find(const Source& source) const {
  std::vector<const Entry*> fitting;
  for (const std::uint8_t bits : lengths_) {
    const auto network = networks_.find(key_of(source.address, bits));
    if (network == networks_.end()) continue;
    for (const Entry& each : network->second)
      if (each.port == 0 || each.port == source.port || source.is_stream) fitting.push_back(&each);
  }
  std::ranges::sort(fitting, {}, [](const Entry* each) { return std::tuple(each->brand, each->carrier); });
  std::vector<Found> found;
  for (const Entry* each : fitting) {
    if (found.size() == candidates_max) break;
    if (found.empty() || found.back().carrier != each->found.carrier) found.push_back(each->found);
  }
  if (!source.servers.empty()) add_named(found, source);
  return found;
}

void Sources::add_named(std::vector<Found>& found, const Source& source) const {
  std::vector<const Named*> fitting;
  for (const Id<model::CarrierServer> each : source.servers) {
    const auto named = by_server_.find(each);
    if (named != by_server_.end() && named->second.server->is_source(source)) fitting.push_back(&named->second);
  }
  std::ranges::sort(fitting, {}, [](const Named* each) { return std::tuple(each->brand, each->carrier); });
  for (const Named* each : fitting) {
    if (found.size() == candidates_max) break;
    // Of one brand one carrier alone, or a brand with many names would leave no place for others.
    const auto is_there = [each](const Found& known) {
      return known.carrier == each->found.carrier || (known.is_by_name && known.brand == each->found.brand);
    };
    if (std::ranges::none_of(found, is_there)) found.push_back({each->found.brand, each->found.carrier, true});
  }
}

Sources::Registered Sources::find_registered(std::string_view contact_user) const {
  const auto found = by_contact_.find(contact_user);
  return found == by_contact_.end() ? Registered() : found->second;
}

std::size_t Sources::bytes() const {
  constexpr std::size_t map_node = 80;
  std::size_t sum = lengths_.capacity() + (networks_.size() + by_contact_.size() + by_server_.size()) * map_node;
  for (const auto& [key, entries] : networks_) sum += entries.capacity() * sizeof(Entry);
  return sum;
}

}  // namespace carillon::directory

// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/server_order.hpp"

#include <algorithm>
#include <numeric>

namespace carillon::trunk {

namespace {

/// Draws all from the group, heavier ones earlier, and appends them.
template <class T, class WeightOf>
void draw(std::vector<const T*> group, WeightOf weight_of, const Lot& lot, std::vector<const T*>& into) {
  const auto weigh = [&](const T* each) { return std::max<std::uint32_t>(weight_of(*each), 1); };
  while (!group.empty()) {
    std::uint32_t sum = 0;
    for (const T* each : group) sum += weigh(each);
    std::uint32_t left = lot(sum);
    auto drawn = group.begin();
    while (left >= weigh(*drawn)) left -= weigh(*drawn++);
    into.push_back(*drawn);
    group.erase(drawn);
  }
}

/// The items in their order, those next to each other that belong together by lot.
template <class T, class Together, class WeightOf>
std::vector<const T*> order(std::span<const T* const> items, Together together, WeightOf weight_of, const Lot& lot) {
  std::vector<const T*> ordered;
  for (std::size_t first = 0; first < items.size();) {
    std::size_t last = first + 1;
    while (last < items.size() && together(*items[first], *items[last])) ++last;
    draw(std::vector<const T*>(items.begin() + static_cast<std::ptrdiff_t>(first),
                               items.begin() + static_cast<std::ptrdiff_t>(last)),
         weight_of, lot, ordered);
    first = last;
  }
  return ordered;
}

}  // namespace

std::vector<const directory::Carrier*> order_carriers(std::span<const directory::Route* const> routes, const Lot& lot) {
  const auto together = [](const directory::Route& a, const directory::Route& b) {
    return a.pattern == b.pattern && a.priority == b.priority;
  };
  std::vector<const directory::Carrier*> carriers;
  for (const directory::Route* route :
       order<directory::Route>(routes, together, [](const auto& each) { return each.weight; }, lot))
    if (std::ranges::find(carriers, route->carrier) == carriers.end()) carriers.push_back(route->carrier);
  return carriers;
}

std::vector<const directory::CarrierServer*> order_servers(std::span<const directory::CarrierServer> servers, const Lot& lot) {
  std::vector<const directory::CarrierServer*> all;
  for (const directory::CarrierServer& server : servers) all.push_back(&server);
  const auto together = [](const auto& a, const auto& b) { return a.row.priority == b.row.priority; };
  return order<directory::CarrierServer>(
      all, together, [](const auto& each) { return static_cast<std::uint32_t>(each.row.weight); }, lot);
}

}  // namespace carillon::trunk

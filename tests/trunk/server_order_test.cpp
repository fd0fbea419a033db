// SPDX-License-Identifier: GPL-3.0-or-later
// Equal ones share by weight; smaller priorities come first, always.
#include "trunk/server_order.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace carillon::trunk {
namespace {

struct Routes {
  directory::TargetPattern pattern{.id = {1}, .name = "Spain", .prefix = "+34", .regex = {}};
  directory::Carrier a{.id = {1}, .name = "A"}, b{.id = {2}, .name = "B"}, c{.id = {3}, .name = "C"};
  directory::Route route(const directory::Carrier& carrier, std::int64_t priority, std::uint32_t weight) const {
    return {.id = {}, .customer = {}, .pattern = &pattern, .carrier = &carrier, .priority = priority, .weight = weight};
  }
};

Lot seeded(std::uint64_t seed) {
  return [random = std::mt19937_64(seed)](std::uint32_t below) mutable { return static_cast<std::uint32_t>(random() % below); };
}

TEST(ServerOrder, SharesByWeight) {
  Routes routes;
  const directory::Route one = routes.route(routes.a, 1, 1), two = routes.route(routes.b, 1, 2);
  const directory::Route* both[] = {&one, &two};
  const Lot lot = seeded(7);
  constexpr int calls = 10'000;
  int second = 0;
  for (int call = 0; call < calls; ++call) second += order_carriers(both, lot).front() == &routes.b ? 1 : 0;
  // Four standard deviations of a share of two thirds.
  EXPECT_NEAR(second, calls * 2 / 3, 4 * std::sqrt(calls * 2.0 / 9));
}

TEST(ServerOrder, TriesSmallerPrioritiesFirstAndEachCarrierOnce) {
  Routes routes;
  const directory::Route first = routes.route(routes.a, 1, 1), second = routes.route(routes.b, 2, 100),
                         again = routes.route(routes.a, 3, 1), last = routes.route(routes.c, 3, 1);
  const directory::Route* all[] = {&first, &second, &again, &last};
  const Lot lot = seeded(8);
  for (int call = 0; call < 100; ++call)
    EXPECT_EQ(order_carriers(all, lot), (std::vector<const directory::Carrier*>{&routes.a, &routes.b, &routes.c}));
}

TEST(ServerOrder, ServersLikewise) {
  std::vector<directory::CarrierServer> servers(3);
  for (std::size_t i = 0; i < servers.size(); ++i) servers[i].row = {.id = {std::int64_t(i) + 1}, .priority = i == 2 ? 1 : 0};
  const Lot lot = seeded(9);
  int first = 0;
  for (int call = 0; call < 1000; ++call) {
    const auto order = order_servers(servers, lot);
    ASSERT_EQ(order.size(), 3U);
    EXPECT_EQ(order.back(), &servers[2]);
    first += order.front() == &servers[0] ? 1 : 0;
  }
  EXPECT_NEAR(first, 500, 4 * std::sqrt(250.0));
}

}  // namespace
}  // namespace carillon::trunk

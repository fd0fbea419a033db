// SPDX-License-Identifier: GPL-3.0-or-later
// From one address few carriers call, whosever they are: each of them reads the number that is called, and what that costs has an
// end. Nor does one brand take all the places there are.
#include <algorithm>
#include <set>

#include "api/rules.hpp"
#include "base/ip_network.hpp"
#include "directory/sources.hpp"

namespace carillon::api {

namespace {

struct Claim {
  IpNetwork network;
  std::int64_t carrier = 0;
  std::int64_t brand = 0;
};

bool overlap(const IpNetwork& a, const IpNetwork& b) {
  return a.bits <= b.bits ? a.contains(b.bytes) : b.contains(a.bytes);
}

/// What others have said that has addresses in common with a network, by any brand. Networks that share an address lie within
/// one another: sorted so, whatever contains a network stands before it.
Result<std::vector<Claim>> claims_beside(Draft& draft, const Claim& own, std::int64_t id) {
  std::vector<Claim> claims;
  CARILLON_CHECK(draft.edit.database().look_beyond([&]() -> Result<> {
    CARILLON_TRY(statement,
                 draft.edit.database().prepare("SELECT network, carrier, brand, id FROM carrier_sources UNION ALL "
                                               "SELECT host, carrier, brand, id FROM carrier_servers WHERE source = 1"));
    while (true) {
      CARILLON_TRY(is_there, statement->step());
      if (!is_there) return {};
      const auto network = IpNetwork::parse(statement->text(0));
      if (statement->integer(3) == id || !network || !overlap(*network, own.network)) continue;
      claims.push_back({*network, statement->integer(1), statement->integer(2)});
    }
  }));
  claims.push_back(own);
  std::ranges::sort(claims, {}, [](const Claim& each) { return std::tuple(each.network.bytes, each.network.bits); });
  return claims;
}

/// How many carriers call from one address at most: of all brands, and of the one.
std::pair<std::size_t, std::size_t> most_at_one(const std::vector<Claim>& claims, std::int64_t brand) {
  std::pair<std::size_t, std::size_t> most;
  std::vector<const Claim*> around;
  for (const Claim& each : claims) {
    while (!around.empty() && !overlap(around.back()->network, each.network)) around.pop_back();
    around.push_back(&each);
    std::set<std::int64_t> all, own;
    for (const Claim* claim : around) {
      all.insert(claim->carrier);
      if (claim->brand == brand) own.insert(claim->carrier);
    }
    most = {std::max(most.first, all.size()), std::max(most.second, own.size())};
  }
  return most;
}

}  // namespace

Result<> check_shared(Draft& draft, const CarriersSource& source) {
  constexpr std::size_t of_a_brand_max = 4;
  const auto network = IpNetwork::parse(source.network);
  if (!network) return {};
  const Claim own{*network, source.carrier, source.brand};
  CARILLON_TRY(claims, claims_beside(draft, own, source.id));
  const auto [all, of_brand] = most_at_one(claims, source.brand);
  if (of_brand > of_a_brand_max)
    draft.faults.push_back(
        {std::string(source.field), fmt::format("is where {} carriers of the brand call from already", of_a_brand_max)});
  else if (all > directory::Sources::candidates_max)
    draft.faults.push_back(
        {std::string(source.field), "is where as many carriers call from already as the platform tells apart"});
  return {};
}

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// What every brand's routes may begin with: a target pattern for each country, in a group for each continent.
#pragma once

#include <span>
#include <string_view>

#include "model/target_pattern.hpp"
#include "store/database.hpp"

namespace carillon::store {

/// A continent and how its countries are dialled: "ES:34 KZ:77,76 US+CA:1". A country has its own longest prefixes; those that
/// no digits tell apart are one pattern.
struct Continent {
  std::string_view name;
  std::string_view countries;
};
std::span<const Continent> continents();

/// Makes them for a brand, in the caller's transaction: hundreds of rows that are neither in the feed nor in the audit log, where
/// the brand's own entry stands for them.
Result<> make_country_targets(Database& database, Id<model::Brand> brand, Instant now);

/// For the brands that are older than this: in a transaction of its own, which the feed has. Returns for how many.
Result<int> make_missing_country_targets(Database& database, Instant now);

}  // namespace carillon::store

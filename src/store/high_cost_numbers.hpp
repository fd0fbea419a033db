// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers that cost much and that hardly any customer calls on purpose: what stolen credentials are used for (reliability T-03).
// Every brand begins with a match list of them, which its new customers may not call until the brand says otherwise.
#pragma once

#include <span>
#include <string_view>

#include "model/brand.hpp"
#include "model/match_list.hpp"
#include "store/database.hpp"

namespace carillon::store {

/// Prefixes in E.164 without +, and what they are.
struct HighCostRange {
  std::string_view prefixes;  ///< With a space between two.
  std::string_view english, spanish;
};
std::span<const HighCostRange> high_cost_ranges();

/// Makes the list for a brand, in its language, and lets its new customers be denied it; in the caller's transaction. Its rows
/// are neither in the feed nor in the audit log, where the brand's own entry stands for them. Returns the list; none when the
/// brand has another list of that name.
Result<Id<model::MatchList>> make_high_cost_numbers(Database& database, Id<model::Brand> brand, Instant now);

/// For the brands that are older than this: in a transaction of its own, which the feed has. Returns for how many. Their
/// customers call whom they called before.
Result<int> make_missing_high_cost_numbers(Database& database, Instant now);

}  // namespace carillon::store

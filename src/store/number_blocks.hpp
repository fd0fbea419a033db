// SPDX-License-Identifier: GPL-3.0-or-later
// Which numbers are whose to have. All of it is looked up by index, across all brands whoever asks: an answer says no more than
// it must.
#pragma once

#include <string>
#include <vector>

#include "model/brand.hpp"
#include "model/number_block.hpp"
#include "store/references.hpp"

namespace carillon::store {

enum class NumberRight : std::uint8_t {
  free,       ///< The brand may have it.
  others,     ///< It is in another brand's block.
  unassigned  ///< The brand has numbers of its blocks alone, and this one is in none of them.
};
Result<NumberRight> number_right(Database& database, Id<model::Brand> brand, std::string_view number);

/// A block with the name of its brand.
struct NamedBlock {
  std::string first, last, brand;
};
/// A block other than `block` that has numbers in common with it; empty: none.
Result<std::vector<NamedBlock>> overlapping(Database& database, const model::NumberBlock& block);

constexpr std::int64_t numbers_named_max = 5;

/// The DDIs that other brands have in a block.
Result<std::vector<Use>> others_in_block(Database& database, const model::NumberBlock& block);
/// The DDIs of the block's brand in it, if that has numbers of its blocks alone. `kept`: but for those that are in this one too.
Result<std::vector<Use>> held_by_block(Database& database, const model::NumberBlock& block,
                                       const model::NumberBlock* kept = nullptr);
/// The DDIs of a brand that are in none of its blocks.
Result<std::vector<Use>> outside_blocks(Database& database, Id<model::Brand> brand);

}  // namespace carillon::store

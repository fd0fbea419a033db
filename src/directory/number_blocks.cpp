// SPDX-License-Identifier: GPL-3.0-or-later
// They do not overlap, so the last one that begins before a number is the only one that may have it.
#include "directory/number_blocks.hpp"

#include <algorithm>

#include "model/number.hpp"

namespace carillon::directory {

NumberBlocks::NumberBlocks(std::span<const model::NumberBlock> rows) {
  blocks_.reserve(rows.size());
  for (const model::NumberBlock& row : rows)
    blocks_.push_back({row.low, row.high, row.first, row.last.empty() ? row.first : row.last});
  std::ranges::sort(blocks_, {}, &Block::low);
}

const NumberBlocks::Block* NumberBlocks::find(std::string_view number) const {
  const std::int64_t place = model::least_number(number);
  const auto behind = std::ranges::upper_bound(blocks_, place, {}, &Block::low);
  if (behind == blocks_.begin()) return nullptr;
  const Block& block = *std::prev(behind);
  return block.high >= place && number.size() >= block.first.size() ? &block : nullptr;
}

}  // namespace carillon::directory

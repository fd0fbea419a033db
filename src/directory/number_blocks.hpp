// SPDX-License-Identifier: GPL-3.0-or-later
// The number blocks of a brand, of which no two have a number in common.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/number_block.hpp"

namespace carillon::directory {

class NumberBlocks {
 public:
  struct Block {
    std::int64_t low = 0;
    std::int64_t high = 0;
    std::string first;  ///< +34941
    std::string last;   ///< The same where nothing else is said.
  };
  explicit NumberBlocks(std::span<const model::NumberBlock> rows);
  /// The one that a number in E.164 with + is in; null: none of these.
  const Block* find(std::string_view number) const;
  std::size_t bytes() const { return blocks_.capacity() * sizeof(Block); }

 private:
  std::vector<Block> blocks_;  ///< By what is low.
};

}  // namespace carillon::directory

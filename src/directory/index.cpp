// SPDX-License-Identifier: GPL-3.0-or-later
// Building an index.
#include "directory/index.hpp"

#include <bit>

#include "base/assert.hpp"

namespace carillon::directory {

void Index::reserve(std::size_t count) {
  // At most three quarters full, so that probing stays short.
  const std::size_t slots = std::bit_ceil(count + count / 3 + 1);
  slots_.assign(slots, none);
  mask_ = slots - 1;
}

void Index::insert(std::uint64_t hash, std::uint32_t position) {
  CARILLON_ASSERT(!slots_.empty() && position != none);
  std::size_t at = hash & mask_;
  while (slots_[at] != none) at = (at + 1) & mask_;
  slots_[at] = position;
}

}  // namespace carillon::directory

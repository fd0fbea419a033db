// SPDX-License-Identifier: GPL-3.0-or-later
// Where something is in a vector, by a hash of its key. For the nodes of snapshots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace carillon::directory {

/// Positions of the elements of a vector by the hash of a key of theirs: four bytes a slot, open addressing, built once.
class Index {
 public:
  static constexpr std::uint32_t none = 0xffffffff;
  void reserve(std::size_t count);
  void insert(std::uint64_t hash, std::uint32_t position);
  /// The first position of that hash for which `matches(position)` holds, or `none`.
  template <class Matches>
  std::uint32_t find(std::uint64_t hash, Matches matches) const {
    if (slots_.empty()) return none;
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      if (slots_[at] == none || matches(slots_[at])) return slots_[at];
    }
  }
  std::size_t bytes() const { return slots_.size() * sizeof(std::uint32_t); }

 private:
  std::vector<std::uint32_t> slots_;
  std::size_t mask_ = 0;
};

}  // namespace carillon::directory

// SPDX-License-Identifier: GPL-3.0-or-later
// A hash of what peers write, keyed at random so that they cannot aim at one bucket of a table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace carillon::sip {

class TransactionHash {
 public:
  TransactionHash();
  /// `seed` chains the hashes of several texts.
  std::uint64_t operator()(std::string_view text, std::uint64_t seed = 0) const;

 private:
  std::array<std::uint64_t, 3> key_;
};

}  // namespace carillon::sip

// SPDX-License-Identifier: GPL-3.0-or-later
// From where the carriers of all brands call, found by the network that an address is in, however many there are.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "directory/routing.hpp"

namespace carillon::directory {

struct Brand;

class Sources {
 public:
  Sources() = default;
  explicit Sources(std::span<const std::shared_ptr<const Brand>> brands);

  struct Found {
    const Brand* brand = nullptr;
    const Carrier* carrier = nullptr;
  };
  static constexpr std::size_t candidates_max = 16;
  /// The carriers whose calls come from there, the oldest brand's first, and of a brand the oldest carrier: so many at most.
  std::vector<Found> find(const Source& source) const;

  std::size_t bytes() const;

 private:
  struct Entry {
    Found found;
    std::uint32_t brand = 0;    ///< Its place among the brands,
    std::uint32_t carrier = 0;  ///< and among the brand's carriers.
    std::uint16_t port = 0;     ///< 0: any.
  };
  std::unordered_map<std::string, std::vector<Entry>> networks_;  ///< By their bits, and behind those how many count.
  std::vector<std::uint8_t> lengths_;                             ///< Of prefixes that there are.
};

}  // namespace carillon::directory

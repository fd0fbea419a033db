// SPDX-License-Identifier: GPL-3.0-or-later
// From where the carriers of all brands call, found by the network that an address is in, and what they call where we are
// registered at them, however many there are.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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
    bool is_by_name = false;  ///< The name of one of its servers leads there, and no source of its says so.
  };
  static constexpr std::size_t candidates_max = 16;
  /// The carriers whose calls come from there, the oldest brand's first, and of a brand the oldest carrier: so many at most.
  /// Those whose sources say so by the address, and behind all of them those whose servers' names lead there (Source::servers),
  /// since names are easily written.
  std::vector<Found> find(const Source& source) const;

  /// Whose Contact has this user part, of carriers and registrations that are active; null: nobody's.
  struct Registered {
    Found found;
    const model::CarrierRegistration* registration = nullptr;
  };
  Registered find_registered(std::string_view contact_user) const;

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
  std::unordered_map<std::string_view, Registered> by_contact_;
  struct Named {
    Found found;
    const CarrierServer* server = nullptr;
    std::uint32_t brand = 0, carrier = 0;  ///< As of an entry.
  };
  void add_named(std::vector<Found>& found, const Source& source) const;
  std::unordered_map<Id<model::CarrierServer>, Named> by_server_;  ///< Those with names.
};

}  // namespace carillon::directory

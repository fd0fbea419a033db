// SPDX-License-Identifier: GPL-3.0-or-later
// In which country an address is, by a file that the operator provides (MaxMind DB format): the ground on which customers say
// from where their telephones may come.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace carillon::directory {

enum class CountryFault { unreadable, damaged };
constexpr std::string_view name_of(CountryFault fault) {
  constexpr std::string_view names[] = {"countries.unreadable", "countries.damaged"};
  return names[static_cast<std::size_t>(fault)];
}

/// ISO 3166-1 alpha-2, in capitals.
struct Country {
  std::array<char, 2> letters{};
  bool operator==(const Country&) const = default;
};

/// Of addresses that the file does not know. ISO 3166 leaves this code to its users, and no country ever gets it.
inline constexpr Country unknown_country{{'Z', 'Z'}};

/// A copy of the file in memory, so that nobody who writes over the file changes what is being read. Immutable; any thread may
/// ask.
class CountryDatabase {
 public:
  static constexpr std::uintmax_t bytes_max = 512'000'000;

  /// Knows no address.
  CountryDatabase();
  /// Reads the file, which takes a moment: not for a loop's thread. An error names it.
  static Result<std::shared_ptr<const CountryDatabase>> open(const std::filesystem::path& file);
  CountryDatabase(const CountryDatabase&) = delete;
  CountryDatabase& operator=(const CountryDatabase&) = delete;
  ~CountryDatabase();

  /// Of an address, IPv4 as mapped IPv6. Nothing for one that is nobody's in particular (RFC 1918, loopback and their like)
  /// unless the file names it; `unknown_country` for every other that it does not know.
  std::optional<Country> find(const std::array<std::uint8_t, 16>& address) const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace carillon::directory

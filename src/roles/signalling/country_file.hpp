// SPDX-License-Identifier: GPL-3.0-or-later
// Watches the file that says in which country an address is. Synchronous; for a worker's thread.
#pragma once

#include <filesystem>

#include "directory/country_database.hpp"

namespace carillon::roles {

class CountryFile {
 public:
  /// An empty path: there is none, and never anything new.
  explicit CountryFile(std::filesystem::path path) : path_(std::move(path)) {}

  bool is_set() const { return !path_.empty(); }
  /// Reads the file if it has changed since the last time, or if `is_forced`; null when there was nothing to read. Errors come
  /// once for each state of the file.
  Result<std::shared_ptr<const directory::CountryDatabase>> poll(bool is_forced);

 private:
  /// As far as it tells one state of the file from another.
  struct State {
    std::filesystem::file_time_type written_at{};
    std::uintmax_t bytes = 0;
    bool is_there = false;
    bool operator==(const State&) const = default;
  };
  State look() const;

  std::filesystem::path path_;
  std::optional<State> seen_;
};

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
// The directory of segments as its writer sees it: new ones begin, old ones go by size, by age and when others need the room.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>

#include "trace/segment.hpp"

namespace carillon::trace {

class Recorder {
 public:
  struct Limits {
    std::uint64_t bytes_max = 1'000'000'000;  ///< Of all segments.
    Duration age_max = std::chrono::hours(72);
    std::uint64_t free_min = 0;  ///< What shall be left of the disk for what matters more: below that traces go.
  };

  /// Counts what is there. Whatever a killed process left is not written to again. Errors: the directory cannot be made or read.
  static Result<std::unique_ptr<Recorder>> open(std::filesystem::path directory, Limits limits);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  /// Writes what is left.
  ~Recorder();

  /// Masked already. Kept in memory until there is enough of it, or tick() finds it old.
  void add(const Item& item);
  /// Writes what is in memory, so that readers see it.
  void flush();
  /// Writes what has waited for a second, and removes what is too old. From time to time.
  void tick(Instant now);

  std::uint64_t bytes() const { return bytes_; }
  std::size_t segment_count() const { return segments_.size(); }
  std::uint64_t items_dropped() const { return items_dropped_; }  ///< For want of room, or by an error.
  /// The last error, until something could be written again.
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    Instant last_at{};
  };
  Recorder(std::filesystem::path directory, Limits limits) : directory_(std::move(directory)), limits_(limits) {}
  Result<> count_segments();
  Result<> write(std::string_view block, Instant first_at, Instant last_at);
  bool make_room(std::uint64_t bytes);
  void remove_oldest();

  std::filesystem::path directory_;
  Limits limits_;
  BlockBuilder block_;
  journal::File file_;
  Instant began_at_{};            ///< The current segment.
  std::deque<Segment> segments_;  ///< Oldest first; the last is the current one while file_ is open.
  std::uint64_t next_number_ = 1;
  std::uint64_t bytes_ = 0;
  std::uint64_t items_dropped_ = 0;
  std::optional<Error> trouble_;
};

/// Names of segments in a directory, oldest first. None when there is no such directory.
Result<std::vector<std::filesystem::path>> list_segments(const std::filesystem::path& directory);

}  // namespace carillon::trace

// SPDX-License-Identifier: GPL-3.0-or-later
// The reading end of the journal: follows the segments while they grow, steps over a torn tail, reports damage and goes on behind
// it.
#pragma once

#include <filesystem>

#include "journal/frame.hpp"

namespace carillon::journal {

/// A place in the journal. Comparable; the beginning is {0, 0}.
struct Position {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  auto operator<=>(const Position&) const = default;
};

/// Reads records in order. Each segment begins by restating the calls that were open, so records may come twice: what they say is
/// the same, and sequences of restated ones are lower than those seen before.
class Reader {
 public:
  struct Item {
    Record record;
    std::uint64_t sequence = 0;
    Position at;     ///< Where the record begins.
    Position after;  ///< Where to go on.
  };

  /// Starts at a position; when its segment is gone, at the oldest there is.
  Reader(std::filesystem::path directory, Position start = {}) : directory_(std::move(directory)), at_(start) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader();

  /// The next record, or none for now: call again when the journal may have grown. Records of types unknown to this version are
  /// passed over.
  Result<std::optional<Item>> next();

  Position position() const { return at_; }
  /// Damaged bytes passed over and records that could not be read, so far: both belong into an alarm.
  std::uint64_t damaged_bytes() const { return damaged_bytes_; }
  std::uint64_t bad_records() const { return bad_records_; }

 private:
  enum class Step { found, nothing, again };
  Result<Step> scan(Item& item);
  Result<bool> refill();
  Result<bool> advance_segment();
  Result<> open_segment(std::uint64_t number);
  void close_segment();

  std::filesystem::path directory_;
  Position at_;
  int file_ = -1;
  std::string window_;  ///< Bytes of the segment from window_start_ on.
  std::uint64_t window_start_ = 0;
  std::uint64_t damaged_bytes_ = 0;
  std::uint64_t bad_records_ = 0;
};

}  // namespace carillon::journal

// SPDX-License-Identifier: GPL-3.0-or-later
// The reading end of the journal: follows the segments while they grow, steps over a torn tail, reports damage and goes on behind
// it.
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "journal/file.hpp"
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

  /// A sound frame whose payload is no record.
  struct BadRecord {
    Type type{};
    std::string payload;
    Position after;
  };

  /// Whether somebody may be writing: then what looks like damage in the last segment may be a write under way, and is believed
  /// to be damage when a later call of next() still finds it.
  enum class Mode { live, at_rest };

  /// Starts at a position; when its segment is gone, at the oldest there is.
  Reader(std::filesystem::path directory, Position start = {}, Mode mode = Mode::live)
      : directory_(std::move(directory)), mode_(mode), at_(start) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// The next record, or none for now: call again when the journal may have grown. Records of types unknown to this version are
  /// passed over.
  Result<std::optional<Item>> next();

  Position position() const { return at_; }
  /// Damaged bytes passed over and records that could not be read, so far: both belong into an alarm.
  std::uint64_t damaged_bytes() const { return damaged_bytes_; }
  std::uint64_t bad_records() const { return bad_records_; }
  /// The bad records since the last call, at most max_bad_kept of them: what more there are is counted alone.
  std::vector<BadRecord> take_bad_records() { return std::exchange(bad_, {}); }
  static constexpr std::size_t max_bad_kept = 100;

 private:
  /// The next record in the window; none when no sound frame begins where the used bytes end.
  std::optional<Item> take_record();
  /// Reads the window anew, since what was there before may have been written by now; at most `most` bytes of it.
  Result<> look_again(std::size_t most);
  /// Passes over bytes that are no frame, if a sound one follows or if no frame can begin there; false when they must stay.
  Result<bool> pass_over_damage(bool is_closed);
  Result<bool> is_zero_from(std::uint64_t offset);
  bool has_successor() const;
  /// Goes to the segment at hand or, when that is gone, the oldest there is; false when there is none yet.
  Result<bool> open_segment();

  std::filesystem::path directory_;
  Mode mode_;
  Position at_;
  File file_;
  std::string window_;  ///< Bytes of the segment; those from window_used_ on begin at `at_`.
  std::size_t window_used_ = 0;
  std::optional<Position> suspect_;  ///< Where a live segment looked damaged at the last call.
  std::uint64_t damaged_bytes_ = 0;
  std::uint64_t bad_records_ = 0;
  std::vector<BadRecord> bad_;
};

}  // namespace carillon::journal

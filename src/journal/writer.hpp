// SPDX-License-Identifier: GPL-3.0-or-later
// The writing end of the journal: events of calls, durable before anything depends on them, in segments of which each begins with
// the calls that are open. Synchronous: one writer thread owns it.
#pragma once

#include <filesystem>
#include <optional>
#include <unordered_map>

#include "journal/file.hpp"
#include "journal/frame.hpp"
#include "journal/reader.hpp"
#include "journal/reserve.hpp"

namespace carillon::journal {

/// Segments are files NNNNNNNNNN.log in a directory of their own.
std::string segment_name(std::uint64_t number);
/// The numbers of the segments in a directory, ascending.
Result<std::vector<std::uint64_t>> list_segments(const std::filesystem::path& directory);
/// Deletes segments below `number`: for those whose records are stored.
Result<> remove_segments_before(const std::filesystem::path& directory, std::uint64_t number);

class Writer {
 public:
  struct Options {
    std::size_t segment_bytes = 64 << 20;
    std::size_t buffer_bytes = 16 << 20;  ///< What may wait for a commit.
    std::size_t ahead_bytes = 1 << 20;    ///< Zeros written ahead: a flush that does not grow the file costs about half.
    std::uint64_t reserve_bytes = 0;      ///< Set aside for when the disk is full.
  };

  /// Starts a new segment after the existing ones, beginning with the calls they leave open; goes on in the last one when the
  /// disk has no room for that. Creates the directory.
  static Result<std::unique_ptr<Writer>> open(const std::filesystem::path& directory, Options options);
  static Result<std::unique_ptr<Writer>> open(const std::filesystem::path& directory) { return open(directory, Options()); }

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  /// Buffers a record and returns its sequence number; `buffer_full` when commits have failed for too long (ends of calls have
  /// twice the room of all else), `too_large` for a record beyond max_payload.
  Result<std::uint64_t> append(const Record& record);

  /// Writes what is buffered and waits until it is on disk; returns the highest durable sequence. After an error nothing is lost:
  /// the next commit starts a new segment and writes it all again.
  Result<std::uint64_t> commit();

  /// The reserve is spent, and what is written now may be the last that finds room.
  bool is_short() const { return reserve_.is_short(); }
  /// Sets a spent reserve aside again; `no_space` while there is no room for it.
  Result<> refill() { return reserve_.fill(); }

  std::uint64_t segment() const { return segment_; }
  std::uint64_t durable() const { return durable_; }
  std::size_t buffered_bytes() const { return buffer_.size(); }
  /// Calls with a setup and no ended record: after open(), what the last run left behind.
  std::vector<CallId> open_calls() const;
  /// How far these had come.
  std::vector<UnfinishedCall> unfinished() const;

 private:
  /// Frames of an open call, as they were written; one dialog frame per leg.
  struct OpenCall {
    std::string setup, reserved, answered;
    std::vector<std::pair<std::uint32_t, std::string>> dialogs, ringing;
    std::optional<std::pair<Instant, Uptime>> alive;

    /// The newest frame of a leg counts.
    static void keep(std::vector<std::pair<std::uint32_t, std::string>>& frames, std::uint32_t leg, std::string_view frame);
  };
  Writer(std::filesystem::path directory, Options options)
      : directory_(std::move(directory)), options_(options), reserve_(directory_, options.reserve_bytes) {}
  /// Returns where the last segment ends.
  Result<Position> recover();
  /// On a full disk: in the room that the last segment still has.
  Result<> go_on_in_last(Position end);
  /// Keeps the frame of a record of an open call, to be restated.
  void remember(const Record& record, std::string_view frame);
  void forget_ended();
  std::string restated() const;
  /// Of a segment that is to be begun. A number is used once: when a name could not be flushed, readers may have seen the file
  /// all the same.
  std::filesystem::path next_path();
  Result<> start_segment();
  Result<> start_segment_in_reserve();
  void go_on_in(std::uint64_t number, File file, std::size_t size, std::size_t allocated);
  Result<> write_out();

  std::filesystem::path directory_;
  Options options_;
  Reserve reserve_;
  File file_;
  bool failed_ = false;  ///< The segment at hand is in doubt: go on in a new one.
  std::uint64_t segment_ = 0;
  std::uint64_t last_number_ = 0;  ///< Of a segment that was begun, or that could not be.
  std::size_t segment_size_ = 0;   ///< Of what was committed; zeros follow up to allocated_.
  std::size_t allocated_ = 0;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t durable_ = 0;
  std::string buffer_;
  std::vector<CallId> ended_;  ///< Since the last commit; still restated if that fails.
  std::unordered_map<CallId, OpenCall> open_;
};

}  // namespace carillon::journal

// SPDX-License-Identifier: GPL-3.0-or-later
// Turns the journal into call records: each ended call becomes exactly one row, however often the work is interrupted and
// repeated.
#pragma once

#include <filesystem>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "journal/reader.hpp"
#include "model/call.hpp"
#include "store/database.hpp"
#include "store/events.hpp"
#include "store/seal.hpp"

namespace carillon::billing {

/// Reads a journal's segments, folds the events of each call and stores what has ended, and with each new row what webhooks are
/// told of it. The place it got to is stored in the
/// transaction that stores the rows; after a restart it reads the segment of that place again from its beginning, where all open
/// calls are restated. Calls without an `ended` record stay open and get no row. What cannot be stored for a fault of its own
/// (the schema refuses it, it cannot be read, it has no owner) is set aside whole in `records_set_aside`, and those behind it go
/// on; a database that is away or full sets nothing aside.
class RecordWriter {
 public:
  struct Options {
    std::string name = "local";             ///< Of the journal: the key of its cursor.
    int rows_max = 500;                     ///< In one transaction.
    Duration time_max = 50ms;               ///< Of one transaction, as `clock` sees it.
    const store::Sealer* sealer = nullptr;  ///< Of mails; null: nobody is mailed. It outlives the writer.
    Monotonic (*clock)() = system_monotonic_time;
    Instant (*wall)() = system_wall_time;
  };

  /// What is known so far.
  struct Progress {
    std::uint64_t stored = 0;     ///< Rows written by this object.
    std::uint64_t set_aside = 0;  ///< In the database, those of earlier runs included. Alarm.
    std::uint64_t orphans = 0;    ///< Ended calls of which no row can be made: the journal has no (sound) setup of theirs. Alarm.
    std::uint64_t damaged_bytes = 0;  ///< Of the journal. Alarm.
    std::uint64_t bad_records = 0;    ///< Alarm.
    std::size_t open_calls = 0;
    std::uint64_t alarms = 0;  ///< Customers that began too many calls, told of by this object.
  };

  static Result<std::unique_ptr<RecordWriter>> open(store::Database& database, std::filesystem::path journal, Options options);
  static Result<std::unique_ptr<RecordWriter>> open(store::Database& database, std::filesystem::path journal) {
    return open(database, std::move(journal), Options());
  }

  /// Stores what one transaction takes. True when there may be more: call again at once; else poll every 100 ms or so. After an
  /// error nothing is lost: the next call tries again.
  Result<bool> run_once();

  Progress progress() const;
  /// Segments below this one are stored and not needed again. Signalling deletes them; it reads the number with stored_segment().
  std::uint64_t oldest_needed() const { return stored_.segment; }

 private:
  struct OpenCall {
    journal::Setup setup;
    std::optional<journal::Answered> answered;
  };
  /// What is to be stored, and the place behind the record that ended it.
  struct Ready {
    std::optional<model::Call> call;
    std::vector<journal::Record> records;  ///< What the call is made of.
    std::string raw;                       ///< In place of them: of a record that cannot be read.
    journal::Position after;
    journal::Limit limit{};  ///< That kept the call from being made.
    std::string reason;      ///< Why it is set aside; empty for what becomes a row.
  };
  RecordWriter(store::Database& database, std::filesystem::path journal, Options options, journal::Position stored);
  void take_bad_records();
  void fold(journal::Reader::Item item);
  void end_call(journal::Ended ended, journal::Position after);
  Result<> store_batch();
  Result<> store_some();
  Result<std::size_t> insert_rows(Monotonic deadline);
  Result<> tell(store::EventWriter& events, const Ready& ready);
  Result<> set_aside(const Ready& ready);

  store::Database& database_;
  Options options_;
  journal::Position stored_;  ///< Everything before it is in the database.
  journal::Reader reader_;
  std::unordered_map<CallId, OpenCall> open_;
  std::vector<Ready> batch_;
  std::uint64_t stored_count_ = 0;
  std::uint64_t set_aside_count_ = 0;
  std::uint64_t orphans_ = 0;
  std::uint64_t alarms_ = 0;
  bool has_refusal_ = false;  ///< The schema refused a row of the batch, which has its reason now.
};

/// How many records are set aside, of all journals.
Result<std::uint64_t> set_aside_count(store::Database& database);

/// Where jobs got to with a journal: the number below which its segments can be deleted. 0 when it never began.
Result<std::uint64_t> stored_segment(store::Database& database, std::string_view name = "local");

}  // namespace carillon::billing

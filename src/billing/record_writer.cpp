// SPDX-License-Identifier: GPL-3.0-or-later
// Folding the journal and storing what has ended, a bounded transaction at a time.
#include "billing/record_writer.hpp"

#include "base/assert.hpp"
#include "billing/call_row.hpp"
#include "store/table.hpp"

namespace carillon::billing {
namespace {

/// Records read in one go when few of them end a call: what other work of the same thread waits at most.
constexpr int records_per_run = 20'000;

Result<journal::Position> load_cursor(store::Database& database, std::string_view name) {
  CARILLON_TRY(statement, database.prepare("SELECT segment, position FROM journals WHERE name = ?"));
  statement->bind(1, name);
  CARILLON_TRY(found, statement->step());
  if (!found) return journal::Position{};
  return journal::Position{static_cast<std::uint64_t>(statement->integer(0)), static_cast<std::uint64_t>(statement->integer(1))};
}

Result<> save_cursor(store::Database& database, std::string_view name, journal::Position at) {
  CARILLON_TRY(statement, database.prepare("INSERT INTO journals (name, segment, position) VALUES (?, ?, ?) ON CONFLICT (name) "
                                           "DO UPDATE SET segment = excluded.segment, position = excluded.position"));
  statement->bind(1, name);
  statement->bind(2, static_cast<std::int64_t>(at.segment));
  statement->bind(3, static_cast<std::int64_t>(at.offset));
  return statement->run();
}

}  // namespace

Result<std::uint64_t> stored_segment(store::Database& database, std::string_view name) {
  CARILLON_TRY(cursor, load_cursor(database, name));
  return cursor.segment;
}

Result<std::unique_ptr<RecordWriter>> RecordWriter::open(store::Database& database, std::filesystem::path journal,
                                                         Options options) {
  CARILLON_ASSERT(options.rows_max > 0);
  CARILLON_TRY(stored, load_cursor(database, options.name));
  return std::unique_ptr<RecordWriter>(new RecordWriter(database, std::move(journal), std::move(options), stored));
}

RecordWriter::RecordWriter(store::Database& database, std::filesystem::path journal, Options options, journal::Position stored)
    : database_(database),
      options_(std::move(options)),
      stored_(stored),
      reader_(std::move(journal), journal::Position{stored.segment, 0}) {}

Result<bool> RecordWriter::run_once() {
  bool is_all_read = false;
  for (int records = 0; records < records_per_run && std::ssize(batch_) < options_.rows_max && !is_all_read; ++records) {
    CARILLON_TRY(item, reader_.next());
    if (item)
      fold(std::move(*item));
    else
      is_all_read = true;
  }
  // Setups alone move no cursor on disk: reading them again after a restart costs less than a commit each time.
  if (!batch_.empty() || reader_.position().segment > stored_.segment) CARILLON_CHECK(store_batch());
  return !is_all_read || !batch_.empty();
}

void RecordWriter::fold(journal::Reader::Item item) {
  if (auto* setup = std::get_if<journal::Setup>(&item.record)) {
    open_[setup->call].setup = std::move(*setup);
  } else if (auto* answered = std::get_if<journal::Answered>(&item.record)) {
    const auto call = open_.find(answered->call);
    if (call != open_.end()) call->second.answered = std::move(*answered);
  } else if (const auto* ended = std::get_if<journal::Ended>(&item.record)) {
    end_call(*ended, item.after);
  }
}

void RecordWriter::end_call(const journal::Ended& ended, journal::Position after) {
  const auto found = open_.find(ended.call);
  // What ended before the stored place has its row: it is read again only for the calls that were still open there.
  const bool is_stored = after <= stored_;
  if (!is_stored) {
    std::optional<model::Call> call;
    if (found != open_.end()) {
      const auto& answered = found->second.answered;
      call = make_call(found->second.setup, answered ? &*answered : nullptr, ended);
    }
    if (call)
      batch_.push_back({std::move(*call), after});
    else
      ++orphans_;
  }
  if (found != open_.end()) open_.erase(found);
}

Result<> RecordWriter::store_batch() {
  const Monotonic deadline = options_.clock() + options_.time_max;
  CARILLON_TRY(transaction, store::Transaction::begin_write(database_));
  const std::uint64_t before = stored_count_;
  auto inserted = insert_rows(deadline);
  const std::size_t rows = inserted.value_or(0);
  const journal::Position cursor = rows > 0 && rows < batch_.size() ? batch_[rows - 1].after : reader_.position();
  Result<> done;
  if (!inserted) done = std::unexpected(std::move(inserted).error());
  if (done) done = save_cursor(database_, options_.name, cursor);
  if (done) done = transaction.commit();
  if (!done) {
    stored_count_ = before;
    return done;
  }
  stored_ = cursor;
  batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(rows));
  return {};
}

/// Inserts rows until the deadline; at least one. A row that exists already is the same call's.
Result<std::size_t> RecordWriter::insert_rows(Monotonic deadline) {
  CARILLON_TRY(inserter, store::Inserter::prepare(database_, model::resource_of<model::Call>, true));
  std::size_t rows = 0;
  for (const Ready& ready : batch_) {
    if (rows > 0 && options_.clock() >= deadline) break;
    CARILLON_CHECK(inserter.insert(ready.call));
    stored_count_ += static_cast<std::uint64_t>(database_.changed_rows());
    ++rows;
  }
  return rows;
}

RecordWriter::Progress RecordWriter::progress() const {
  return {.stored = stored_count_,
          .orphans = orphans_,
          .damaged_bytes = reader_.damaged_bytes(),
          .bad_records = reader_.bad_records(),
          .open_calls = open_.size()};
}

}  // namespace carillon::billing

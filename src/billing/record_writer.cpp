// SPDX-License-Identifier: GPL-3.0-or-later
// Folding the journal and storing what has ended, a bounded transaction at a time.
#include "billing/record_writer.hpp"

#include <utility>

#include "base/assert.hpp"
#include "base/kill_point.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "billing/call_event.hpp"
#include "billing/call_row.hpp"
#include "billing/limit_alarm.hpp"
#include "store/table.hpp"

namespace carillon::billing {
namespace {

/// Records read in one go when few of them end a call: what other work of the same thread waits at most.
constexpr int records_per_run = 20'000;
constexpr std::size_t longest_reason = 1000;

/// One record as `records_set_aside` keeps it: the number of its type and its bytes in hex.
std::string raw_line(journal::Type type, std::string_view payload) {
  std::string line = fmt::format("{} ", std::to_underlying(type));
  for (const char byte : payload) line += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return line + '\n';
}

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

Result<std::uint64_t> set_aside_count(store::Database& database) {
  CARILLON_TRY(statement, database.prepare("SELECT count(*) FROM records_set_aside"));
  CARILLON_CHECK(statement->step());
  return static_cast<std::uint64_t>(statement->integer(0));
}

Result<std::unique_ptr<RecordWriter>> RecordWriter::open(store::Database& database, std::filesystem::path journal,
                                                         Options options) {
  CARILLON_ASSERT(options.rows_max > 0);
  CARILLON_TRY(stored, load_cursor(database, options.name));
  CARILLON_TRY(set_aside, set_aside_count(database));
  std::unique_ptr<RecordWriter> writer(new RecordWriter(database, std::move(journal), std::move(options), stored));
  writer->set_aside_count_ = set_aside;
  return writer;
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
    take_bad_records();
    if (item)
      fold(std::move(*item));
    else
      is_all_read = true;
  }
  kill_point("billing.read");
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
  } else if (auto* ended = std::get_if<journal::Ended>(&item.record)) {
    end_call(std::move(*ended), item.after);
  }
}

void RecordWriter::end_call(journal::Ended ended, journal::Position after) {
  const auto found = open_.find(ended.call);
  // What ended before the stored place has its row: it is read again only for the calls that were still open there.
  const bool is_stored = after <= stored_;
  if (!is_stored) {
    Ready ready{.after = after, .limit = ended.limit};
    if (found != open_.end()) {
      auto& [setup, answered] = found->second;
      ready.call = make_call(setup, answered ? &*answered : nullptr, ended);
      ready.records.emplace_back(std::move(setup));
      if (answered) ready.records.emplace_back(std::move(*answered));
    }
    if (!ready.call) {
      ++orphans_;
      ready.reason = found == open_.end() ? "the journal has no setup of this call" : "its setup names no owner or time";
    }
    ready.records.emplace_back(std::move(ended));
    batch_.push_back(std::move(ready));
  }
  if (found != open_.end()) open_.erase(found);
}

void RecordWriter::take_bad_records() {
  for (journal::Reader::BadRecord& bad : reader_.take_bad_records()) {
    if (bad.after <= stored_) continue;
    batch_.push_back({.raw = raw_line(bad.type, bad.payload), .after = bad.after, .reason = "it is no record"});
  }
}

Result<> RecordWriter::store_batch() {
  Result<> done;
  // Each round that fails by a row's own fault has found one row more that is to be set aside.
  for (std::size_t round = 0; round <= batch_.size(); ++round) {
    has_refusal_ = false;
    done = store_some();
    if (!has_refusal_) break;
  }
  return done;
}

Result<> RecordWriter::store_some() {
  const Monotonic deadline = options_.clock() + options_.time_max;
  CARILLON_TRY(transaction, store::Transaction::begin_write(database_));
  const std::uint64_t stored_before = stored_count_;
  const std::uint64_t set_aside_before = set_aside_count_;
  auto inserted = insert_rows(deadline);
  kill_point("billing.rows_written");
  const std::size_t rows = inserted.value_or(0);
  const journal::Position cursor = rows > 0 && rows < batch_.size() ? batch_[rows - 1].after : reader_.position();
  Result<> done;
  if (!inserted) done = std::unexpected(std::move(inserted).error());
  if (done) done = save_cursor(database_, options_.name, cursor);
  kill_point("billing.committing");
  if (done) done = transaction.commit();
  kill_point("billing.committed");
  if (!done) {
    stored_count_ = stored_before;
    set_aside_count_ = set_aside_before;
    return done;
  }
  stored_ = cursor;
  for (const Ready& ready : std::span(batch_).first(rows)) {
    if (ready.reason.empty()) continue;
    const CallId call = ready.records.empty() ? CallId{} : journal::call_of(ready.records.back());
    log::error("billing", "record.set_aside",
               {{"call", call}, {"segment", ready.after.segment}, {"position", ready.after.offset}, {"reason", ready.reason}});
  }
  batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(rows));
  return {};
}

/// Inserts rows until the deadline; at least one. A row that exists already is the same call's.
Result<std::size_t> RecordWriter::insert_rows(Monotonic deadline) {
  CARILLON_TRY(inserter, store::Inserter::prepare(database_, model::resource_of<model::Call>, true));
  store::EventWriter events;
  std::size_t rows = 0;
  for (Ready& ready : batch_) {
    if (rows > 0 && options_.clock() >= deadline) break;
    ++rows;
    if (!ready.reason.empty()) {
      CARILLON_CHECK(set_aside(ready));
      set_aside_count_ += static_cast<std::uint64_t>(database_.changed_rows());
      continue;
    }
    if (auto inserted = inserter.insert(*ready.call); !inserted) {
      // Only this says that the row is at fault; anything else may be the database's trouble and pass.
      has_refusal_ = inserted.error().is(store::Fault::constraint);
      if (has_refusal_) ready.reason = inserted.error().what;
      return std::unexpected(std::move(inserted).error());
    }
    const bool is_new = database_.changed_rows() > 0;
    if (!is_new) continue;
    ++stored_count_;
    CARILLON_CHECK(tell(events, ready));
  }
  return rows;
}

/// Whoever wants to know hears of it because the row is there, and never without it.
Result<> RecordWriter::tell(store::EventWriter& events, const Ready& ready) {
  const model::Call& call = *ready.call;
  CARILLON_TRY(
      told, events.enqueue(database_, {call.brand, call.customer}, call_ended, options_.wall(), [&] { return event_of(call); }));
  (void)told;
  if (ready.limit == journal::Limit::none) return {};
  CARILLON_TRY(is_alarm, raise_limit_alarm(database_, options_.sealer, events, call, ready.limit, options_.wall()));
  if (is_alarm) ++alarms_;
  return {};
}

Result<> RecordWriter::set_aside(const Ready& ready) {
  std::string raw = ready.raw;
  for (const journal::Record& record : ready.records) {
    std::string payload;
    journal::encode(record, payload);
    raw += raw_line(journal::type_of(record), payload);
  }
  CARILLON_TRY(statement, database_.prepare("INSERT INTO records_set_aside (journal, segment, position, call, reason, record, "
                                            "set_aside_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
                                            "ON CONFLICT (journal, segment, position) DO NOTHING"));
  statement->bind(1, options_.name);
  statement->bind(2, static_cast<std::int64_t>(ready.after.segment));
  statement->bind(3, static_cast<std::int64_t>(ready.after.offset));
  if (ready.records.empty())
    statement->bind_null(4);
  else
    statement->bind(4, to_hex(journal::call_of(ready.records.back())));
  statement->bind(5, clean_text(ready.reason, longest_reason));
  statement->bind(6, raw);
  statement->bind(7, options_.wall().time_since_epoch().count());
  return statement->run();
}

RecordWriter::Progress RecordWriter::progress() const {
  return {.stored = stored_count_,
          .set_aside = set_aside_count_,
          .orphans = orphans_,
          .damaged_bytes = reader_.damaged_bytes(),
          .bad_records = reader_.bad_records(),
          .open_calls = open_.size(),
          .alarms = alarms_};
}

}  // namespace carillon::billing

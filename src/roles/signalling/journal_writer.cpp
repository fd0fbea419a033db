// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/journal_writer.hpp"

#include <array>
#include <map>

#include "base/log.hpp"
#include "journal/registration_log.hpp"
#include "journal/writer.hpp"
#include "roles/signalling/unfinished_calls.hpp"

namespace carillon::roles {

namespace {

constexpr Duration commit_patience =
    5ms;  ///< How long a record that somebody waits for may wait for company; at most 10 ms (ruling 2).
constexpr Duration other_patience = 10ms;
constexpr Duration registration_patience = 200ms;
constexpr Duration commit_deadline = 2s;
constexpr std::size_t batch_max = 200'000;
constexpr std::size_t slots = 256;

}  // namespace

struct JournalWriter::Batch {
  std::vector<journal::Record> records;
  std::vector<std::pair<std::uint8_t, journal::Registration>> registrations;
  std::map<std::uint8_t, std::size_t> live;  ///< Bindings of each slot that `registrations` speaks of.
  std::vector<std::pair<std::uint8_t, std::vector<journal::Registration>>> compactions;
};

struct JournalWriter::Outcome {
  std::uint64_t batch = 0;
  Result<> written;
  std::vector<std::uint8_t> wants_compaction;
};

/// What the writer thread owns.
class JournalWriter::Disk {
 public:
  std::unique_ptr<journal::Writer> journal;
  std::array<std::unique_ptr<journal::RegistrationLog>, slots> registrations;

  Outcome write(std::uint64_t number, const Batch& batch) {
    Outcome outcome{.batch = number, .written = write_records(batch), .wants_compaction = {}};
    for (const auto& [slot, records] : batch.compactions) {
      if (auto done = registrations[slot]->compact(records); !done) report("registrations.compact", done.error());
    }
    for (const auto& [slot, record] : batch.registrations)
      if (auto done = registrations[slot]->append(record); !done) report("registrations.append", done.error());
    for (const auto& [slot, live] : batch.live) {
      if (auto done = registrations[slot]->flush(); !done) report("registrations.flush", done.error());
      if (registrations[slot]->wants_compaction(live)) outcome.wants_compaction.push_back(slot);
    }
    return outcome;
  }

 private:
  Result<> write_records(const Batch& batch) {
    if (batch.records.empty()) return {};
    Result<> written;
    for (const journal::Record& record : batch.records)
      if (auto appended = journal->append(record); !appended) written = std::unexpected(appended.error());
    // What found room is kept by the journal even if this fails, and written by the next commit.
    if (auto committed = journal->commit(); !committed) written = std::unexpected(committed.error());
    return written;
  }

  static void report(std::string_view event, const Error& error) {
    log::error("journal", event, {{"fault", error.code}, {"what", error.what}});
  }
};

JournalWriter::JournalWriter(Loop& loop)
    : loop_(loop),
      disk_(std::make_shared<Disk>()),
      filling_(std::make_unique<Batch>()),
      flush_([](void* self) { static_cast<JournalWriter*>(self)->flush(); }, this),
      give_up_([](void* self) { static_cast<JournalWriter*>(self)->give_up(); }, this) {}

Result<std::unique_ptr<JournalWriter>> JournalWriter::open(Loop& loop, const Paths& paths,
                                                           const std::function<void(const journal::Registration&)>& replay) {
  std::unique_ptr<JournalWriter> writer(new JournalWriter(loop));
  CARILLON_TRY(journal, journal::Writer::open(paths.journal));
  CARILLON_CHECK(end_unfinished_calls(*journal));
  writer->disk_->journal = std::move(journal);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    CARILLON_TRY(log, journal::RegistrationLog::open(paths.registrations, static_cast<std::uint8_t>(slot), replay));
    writer->disk_->registrations[slot] = std::move(log);
  }
  writer->worker_ = std::make_unique<Worker>(Worker::Options{.name = "journal"});
  return writer;
}

JournalWriter::~JournalWriter() {
  *is_alive_ = false;
  const auto last = std::shared_ptr<Batch>(std::move(filling_));
  const bool taken = worker_ != nullptr && worker_->submit([disk = disk_, last] {
    if (auto outcome = disk->write(0, *last); !outcome.written)
      log::error("journal", "commit.failed", {{"what", outcome.written.error()}});
  });
  if (!taken && !last->records.empty()) log::error("journal", "records.lost", {{"count", last->records.size()}});
}

JournalWriter::Batch& JournalWriter::batch(Duration patience) {
  const Monotonic due = loop_.now() + patience;
  // An earlier flush may be armed already; a timer does not tell when, so each kind arms its own patience and the shortest wins.
  if (!is_writing_ && (!flush_.is_armed() || patience == commit_patience)) loop_.timers().arm(flush_, due);
  return *filling_;
}

void JournalWriter::append(journal::Record record) {
  records_.add();
  Batch& target = batch(other_patience);
  if (target.records.size() >= batch_max) return lost_.add();
  target.records.push_back(std::move(record));
}

Task<bool> JournalWriter::commit(journal::Record record) {
  records_.add();
  const bool is_first = waiters_.empty() || waiters_.back().batch != filling_number_;
  Batch& target = is_first ? batch(commit_patience) : *filling_;
  if (target.records.size() >= batch_max) co_return false;
  target.records.push_back(std::move(record));
  OneShot<bool> durable(loop_);
  waiters_.push_back({.batch = filling_number_, .deadline = loop_.now() + commit_deadline, .promise = durable.promise()});
  if (!give_up_.is_armed()) loop_.timers().arm(give_up_, waiters_.front().deadline);
  const bool is_durable = co_await durable.wait();
  co_return is_durable;
}

void JournalWriter::append(std::uint8_t slot, const journal::Registration& record, std::size_t live) {
  Batch& target = batch(registration_patience);
  if (target.registrations.size() >= batch_max) return lost_.add();
  target.registrations.emplace_back(slot, record);
  target.live[slot] = live;
}

void JournalWriter::flush() {
  if (is_writing_) return;
  is_writing_ = true;
  const auto batch = std::shared_ptr<Batch>(std::move(filling_));
  filling_ = std::make_unique<Batch>();
  const std::uint64_t number = filling_number_++;
  const bool taken = worker_->submit([this, number, batch, disk = disk_, alive = is_alive_, &loop = loop_] {
    auto outcome = std::make_shared<Outcome>(disk->write(number, *batch));
    loop.post([this, outcome, alive] {
      if (*alive) on_written(std::move(*outcome));
    });
  });
  CARILLON_ASSERT(taken);  // One batch is under way at a time.
}

void JournalWriter::on_written(Outcome outcome) {
  commits_.add();
  is_writing_ = false;
  is_healthy_ = outcome.written.has_value();
  if (!is_healthy_)
    log::error("journal", "commit.failed", {{"fault", outcome.written.error().code}, {"what", outcome.written.error().what}});
  while (!waiters_.empty() && waiters_.front().batch <= outcome.batch) {
    waiters_.front().promise.fulfil(is_healthy_);
    waiters_.pop_front();
  }
  if (live_)
    for (std::uint8_t slot : outcome.wants_compaction) batch(registration_patience).compactions.emplace_back(slot, live_(slot));
  const bool is_awaited = !waiters_.empty();
  if (is_awaited || !filling_->records.empty())
    batch(is_awaited ? commit_patience : other_patience);
  else if (!filling_->registrations.empty())
    batch(registration_patience);
}

void JournalWriter::give_up() {
  while (!waiters_.empty() && waiters_.front().deadline <= loop_.now()) {
    log::error("journal", "commit.late");
    waiters_.front().promise.fulfil(false);
    waiters_.pop_front();
  }
  if (!waiters_.empty()) loop_.timers().arm(give_up_, waiters_.front().deadline);
}

}  // namespace carillon::roles

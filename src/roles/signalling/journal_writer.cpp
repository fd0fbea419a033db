// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/journal_writer.hpp"

#include <array>
#include <map>

#include "base/kill_point.hpp"
#include "base/log.hpp"
#include "journal/registration_log.hpp"
#include "journal/writer.hpp"

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

// ---- JournalDisk

struct JournalDisk::Batch {
  std::vector<journal::Record> records;
  struct Changes {
    journal::RegistrationBytes bytes;
    std::size_t live = 0;  ///< Bindings of the slot after them.
  };
  std::map<std::uint8_t, Changes> registrations;
  std::size_t registration_count = 0;
  std::vector<std::pair<std::uint8_t, journal::RegistrationBytes>> compactions;
};

struct JournalDisk::Outcome {
  Result<> written;
  std::vector<std::uint8_t> wants_compaction;
};

/// What the disk's thread owns.
class JournalDisk::Files {
 public:
  std::unique_ptr<journal::Writer> journal;
  std::array<std::unique_ptr<journal::RegistrationLog>, slots> registrations;

  void write(const Batch& batch, Done done) {
    Written& written = written_.emplace_back(Outcome{}, std::move(done));
    for (const journal::Record& record : batch.records) {
      has_records_ = true;
      if (auto appended = journal->append(record); !appended) written.outcome.written = std::unexpected(appended.error());
    }
    for (const auto& [slot, live] : batch.compactions) {
      if (auto compacted = registrations[slot]->compact(live); !compacted) report("registrations.compact", compacted.error());
    }
    for (const auto& [slot, changes] : batch.registrations) {
      journal::RegistrationLog& log = *registrations[slot];
      if (auto appended = log.append(changes.bytes); !appended) report("registrations.append", appended.error());
      if (auto flushed = log.flush(); !flushed) report("registrations.flush", flushed.error());
      if (log.wants_compaction(changes.live)) written.outcome.wants_compaction.push_back(slot);
    }
  }

  /// One flush for everything that was written since the last.
  void commit() {
    Result<> committed;
    if (std::exchange(has_records_, false)) {
      // What found room is kept by the journal even if this fails, and written by the next commit.
      if (auto flushed = journal->commit(); !flushed) {
        report("commit.failed", flushed.error());
        committed = std::unexpected(flushed.error());
      }
      commits_.add();
    }
    for (Written& each : written_) {
      if (!committed) each.outcome.written = std::unexpected(committed.error());
      each.done(std::move(each.outcome));
    }
    written_.clear();
  }

 private:
  struct Written {
    Outcome outcome;
    Done done;
  };

  static void report(std::string_view event, const Error& error) {
    log::error("journal", event, {{"fault", error.code}, {"what", error.what}});
  }

  std::vector<Written> written_;  ///< Not flushed yet.
  bool has_records_ = false;
  metrics::Counter commits_{"carillon_journal_commits_total", "Flushes of the journal to disk"};
};

JournalDisk::JournalDisk() : files_(std::make_unique<Files>()) {}
JournalDisk::~JournalDisk() = default;

Result<std::unique_ptr<JournalDisk>> JournalDisk::open(const Paths& paths,
                                                       const std::function<void(const journal::Registration&)>& replay,
                                                       const std::function<void(const journal::Subscription&)>& subscriptions) {
  std::unique_ptr<JournalDisk> disk(new JournalDisk());
  CARILLON_TRY(journal, journal::Writer::open(paths.journal));
  CARILLON_TRY(unfinished, sort_unfinished_calls(*journal));
  disk->unfinished_ = std::move(unfinished);
  disk->files_->journal = std::move(journal);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    CARILLON_TRY(log,
                 journal::RegistrationLog::open(paths.registrations, static_cast<std::uint8_t>(slot), replay, subscriptions));
    disk->files_->registrations[slot] = std::move(log);
  }
  disk->worker_ = std::make_unique<Worker>(
      Worker::Options{.name = "journal", .after_batch = [files = disk->files_.get()] { files->commit(); }});
  return disk;
}

bool JournalDisk::submit(std::unique_ptr<Batch> batch, Done done) {
  return worker_->submit([files = files_.get(), batch = std::move(batch), done = std::move(done)]() mutable {
    files->write(*batch, std::move(done));
  });
}

// ---- JournalWriter

JournalWriter::JournalWriter(Loop& loop, JournalDisk& disk)
    : loop_(loop),
      disk_(disk),
      filling_(std::make_unique<JournalDisk::Batch>()),
      flush_([](void* self) { static_cast<JournalWriter*>(self)->flush(); }, this),
      give_up_([](void* self) { static_cast<JournalWriter*>(self)->give_up(); }, this) {}

JournalWriter::~JournalWriter() {
  *is_alive_ = false;
  const std::size_t count = filling_->records.size();
  const bool taken = disk_.submit(std::move(filling_), [](const JournalDisk::Outcome&) {});
  if (!taken && count != 0) log::error("journal", "records.lost", {{"count", count}});
}

JournalDisk::Batch& JournalWriter::batch(Duration patience) {
  const Monotonic due = loop_.now() + patience;
  if (!is_writing_ && (!flush_.is_armed() || due < flush_at_)) {
    flush_at_ = due;
    loop_.timers().arm(flush_, due);
  }
  return *filling_;
}

void JournalWriter::append(journal::Record record) {
  records_.add();
  JournalDisk::Batch& target = batch(other_patience);
  if (target.records.size() >= batch_max) return lost_.add();
  target.records.push_back(std::move(record));
}

Task<bool> JournalWriter::commit(journal::Record record) {
  records_.add();
  const bool is_first = waiters_.empty() || waiters_.back().batch != filling_number_;
  JournalDisk::Batch& target = is_first ? batch(commit_patience) : *filling_;
  if (target.records.size() >= batch_max) co_return false;
  target.records.push_back(std::move(record));
  OneShot<bool> durable(loop_);
  kill_point("journal.awaited");
  waiters_.push_back({.batch = filling_number_, .deadline = loop_.now() + commit_deadline, .promise = durable.promise()});
  if (!give_up_.is_armed()) loop_.timers().arm(give_up_, waiters_.front().deadline);
  const bool is_durable = co_await durable.wait();
  co_return is_durable;
}

void JournalWriter::append(std::uint8_t slot, const journal::Registration& record, std::size_t live) {
  JournalDisk::Batch& target = batch(registration_patience);
  if (target.registration_count >= batch_max) return lost_.add();
  ++target.registration_count;
  JournalDisk::Batch::Changes& changes = target.registrations[slot];
  changes.bytes.add(record);
  live_[slot].bindings = live;
  changes.live = live + live_[slot].subscriptions;
}

void JournalWriter::append(std::uint8_t slot, const journal::Subscription& record, std::size_t live) {
  JournalDisk::Batch& target = batch(registration_patience);
  if (target.registration_count >= batch_max) return lost_.add();
  ++target.registration_count;
  JournalDisk::Batch::Changes& changes = target.registrations[slot];
  changes.bytes.add(record);
  live_[slot].subscriptions = live;
  changes.live = live + live_[slot].bindings;
}

void JournalWriter::flush() {
  if (is_writing_) return;
  is_writing_ = true;
  const std::uint64_t number = filling_number_++;
  auto done = [this, number, alive = is_alive_, &loop = loop_](JournalDisk::Outcome outcome) mutable {
    loop.post([this, number, outcome = std::move(outcome), alive = std::move(alive)] {
      if (*alive) on_written(number, outcome);
    });
  };
  kill_point("journal.handing_over");
  const bool taken = disk_.submit(std::exchange(filling_, std::make_unique<JournalDisk::Batch>()), std::move(done));
  CARILLON_ASSERT(taken);  // Each writer has one batch under way at a time.
}

void JournalWriter::on_written(std::uint64_t number, const JournalDisk::Outcome& outcome) {
  kill_point("journal.outcome_heard");
  is_writing_ = false;
  is_healthy_ = outcome.written.has_value();
  while (!waiters_.empty() && waiters_.front().batch <= number) {
    waiters_.front().promise.fulfil(is_healthy_);
    waiters_.pop_front();
  }
  if (list_live_) {
    for (std::uint8_t slot : outcome.wants_compaction) {
      journal::RegistrationBytes& live =
          batch(registration_patience).compactions.emplace_back(slot, journal::RegistrationBytes()).second;
      list_live_(slot, [&live](const journal::Registration& record) { live.add(record); });
      if (list_subscriptions_) list_subscriptions_(slot, [&live](const journal::Subscription& record) { live.add(record); });
    }
  }
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

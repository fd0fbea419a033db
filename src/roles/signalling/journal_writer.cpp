// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/journal_writer.hpp"

#include <array>
#include <map>
#include <set>

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
constexpr Duration failing_patience = 100ms;  ///< For whatever waits while the disk refuses.
/// How often a disk that failed or was full is tried again, and a shard that writes nothing hears of it.
constexpr Duration look_interval = 1s;
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
  bool is_kept = true;  ///< What could not be written is tried again with the next batch.
  std::vector<std::uint8_t> wants_compaction;
  bool is_short = false;  ///< The journal lives on its reserve.
};

/// What the disk's thread owns.
class JournalDisk::Files {
 public:
  std::unique_ptr<journal::Writer> journal;
  std::array<std::unique_ptr<journal::RegistrationLog>, slots> registrations;

  void write(const Batch& batch, Done done) {
    Written& written = written_.emplace_back(Outcome{}, std::move(done));
    for (const journal::Record& record : batch.records) {
      if (auto appended = journal->append(record); !appended) {
        written.outcome.written = std::unexpected(appended.error());
        written.outcome.is_kept = false;
      }
    }
    for (const auto& [slot, live] : batch.compactions) {
      note("registrations.compact", registrations[slot]->compact(live));
    }
    for (const auto& [slot, changes] : batch.registrations) {
      journal::RegistrationLog& log = *registrations[slot];
      note("registrations.append", log.append(changes.bytes));
      note(flush_failed, log.flush());
      if (log.wants_compaction(changes.live)) written.outcome.wants_compaction.push_back(slot);
    }
  }

  /// One flush for everything that was written since the last, and for what an earlier one could not write.
  void commit() {
    Result<> committed;
    if (journal->buffered_bytes() > 0) {
      // What found room is kept by the journal even if this fails, and written by the next commit.
      if (auto flushed = journal->commit(); !flushed) committed = std::unexpected(flushed.error());
      note("commit.failed", committed);
      commits_.add();
    }
    flush_late_registrations();
    watch_reserve();
    for (Written& each : written_) {
      if (!committed) each.outcome.written = std::unexpected(committed.error());
      each.outcome.is_short = is_short_;
      each.done(std::move(each.outcome));
    }
    written_.clear();
  }

  /// Tells when the reserve is touched, and sets it aside again as soon as there is room. Returns whether it is spent.
  bool watch_reserve() {
    const bool was_short = std::exchange(is_short_, journal->is_short() && !journal->refill());
    reserve_touched_.set(is_short_ ? 1 : 0);
    if (is_short_ && !was_short)
      log::error("journal", "reserve.touched",
                 {{"what", "the disk of data.dir is full: calls that run go on, new ones are refused"}});
    if (!is_short_ && was_short) log::info("journal", "reserve.restored");
    return is_short_;
  }

 private:
  struct Written {
    Outcome outcome;
    Done done;
  };

  static constexpr std::string_view flush_failed = "registrations.flush";

  /// One line when something begins to fail and one when it works again, however often it is tried.
  void note(std::string_view event, const Result<>& done) {
    if (done && troubles_.erase(event) > 0) log::info("journal", "works.again", {{"what", event}});
    if (!done && troubles_.insert(event).second)
      log::error("journal", event, {{"fault", done.error().code}, {"what", done.error().what}});
  }

  /// What a log could not write waits in it, and its slot may have no changes for long.
  void flush_late_registrations() {
    if (!troubles_.contains(flush_failed)) return;
    Result<> flushed;
    for (const auto& log : registrations)
      if (auto done = log->flush(); !done) flushed = std::move(done);
    note(flush_failed, flushed);
  }

  std::vector<Written> written_;         ///< Not flushed yet.
  std::set<std::string_view> troubles_;  ///< Events that were told and have not ended.
  bool is_short_ = false;
  metrics::Counter commits_{"carillon_journal_commits_total", "Flushes of the journal to disk"};
  metrics::Gauge reserve_touched_{"carillon_journal_reserve_touched", "1 while the disk is full and new calls are refused"};
};

JournalDisk::JournalDisk() : files_(std::make_unique<Files>()) {}
JournalDisk::~JournalDisk() = default;

Result<std::unique_ptr<JournalDisk>> JournalDisk::open(const Paths& paths,
                                                       const std::function<void(const journal::Registration&)>& replay,
                                                       const std::function<void(const journal::Subscription&)>& subscriptions) {
  std::unique_ptr<JournalDisk> disk(new JournalDisk());
  CARILLON_TRY(journal, journal::Writer::open(paths.journal, {.reserve_bytes = paths.reserve_bytes}));
  CARILLON_TRY(unfinished, sort_unfinished_calls(*journal));
  disk->unfinished_ = std::move(unfinished);
  disk->files_->journal = std::move(journal);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    CARILLON_TRY(log,
                 journal::RegistrationLog::open(paths.registrations, static_cast<std::uint8_t>(slot), replay, subscriptions));
    disk->files_->registrations[slot] = std::move(log);
  }
  disk->starts_short_ = disk->files_->watch_reserve();
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
      give_up_([](void* self) { static_cast<JournalWriter*>(self)->give_up(); }, this),
      look_([](void* self) { static_cast<JournalWriter*>(self)->look(); }, this) {
  is_short_ = disk.starts_short_;
  loop_.timers().arm(look_, loop_.now() + look_interval);
}

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
  const bool is_written = outcome.written.has_value();
  failures_ = is_written ? 0 : failures_ + 1;
  is_short_ = outcome.is_short;
  // A disk that fails now may do better before their patience ends.
  const bool is_decided = is_written || !outcome.is_kept;
  while (is_decided && !waiters_.empty() && waiters_.front().batch <= number) {
    waiters_.front().promise.fulfil(is_written);
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
  if (!is_written)
    batch(is_healthy() ? other_patience : failing_patience);
  else if (is_awaited || !filling_->records.empty())
    batch(is_awaited ? commit_patience : other_patience);
  else if (!filling_->registrations.empty())
    batch(registration_patience);
}

/// An empty batch is enough: its outcome says how the disk is.
void JournalWriter::look() {
  loop_.timers().arm(look_, loop_.now() + look_interval);
  flush();
}

void JournalWriter::give_up() {
  while (!waiters_.empty() && waiters_.front().deadline <= loop_.now()) {
    log::error("journal", "commit.late");
    late_.add();
    waiters_.front().promise.fulfil(false);
    waiters_.pop_front();
  }
  if (!waiters_.empty()) loop_.timers().arm(give_up_, waiters_.front().deadline);
}

}  // namespace carillon::roles

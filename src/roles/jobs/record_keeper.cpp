// SPDX-License-Identifier: GPL-3.0-or-later
// Poll, store, and back off when the world says no.
#include "roles/jobs/record_keeper.hpp"

#include "base/log.hpp"
#include "store/connection.hpp"
#include "store/partitions.hpp"

namespace carillon::roles {

/// What lives on the worker's thread.
class RecordKeeper::Store {
 public:
  explicit Store(const Options& options)
      : connection_(options.database_url, options.data_dir, store::Access::write),
        journal_(options.journal),
        name_(options.journal_name),
        sealer_(options.sealer) {}

  struct Step {
    bool has_more = false;
    bool is_anew = false;  ///< Its progress counts from the beginning again.
    billing::RecordWriter::Progress progress;
  };

  Result<Step> step() {
    CARILLON_TRY(database, connection_.get({}));
    const bool is_anew = !writer_ || count_ != connection_.count();
    if (is_anew) {
      // Of a server that was away nobody knows whether it kept all it was told last: what it has is asked, and the rest is read
      // again.
      CARILLON_TRY(writer,
                   billing::RecordWriter::open(*database, journal_, {.name = name_, .sealer = sealer_ ? &*sealer_ : nullptr}));
      writer_ = std::move(writer);
      count_ = connection_.count();
    }
    make_partitions(*database);
    CARILLON_TRY(has_more, writer_->run_once());
    return Step{has_more, is_anew, writer_->progress()};
  }

 private:
  /// Daily. Without them calls are kept all the same, in one partition.
  void make_partitions(store::Database& database) {
    const Monotonic now = system_monotonic_time();
    if (now < next_partitions_) return;
    const auto made = store::make_call_partitions(database, system_wall_time());
    next_partitions_ = now + (made ? 24h : 1h);
    if (!made) log::error("jobs", "partitions.failed", {{"fault", made.error().code}, {"error", made.error()}});
  }

  store::Connection connection_;
  std::filesystem::path journal_;
  std::string name_;
  std::optional<store::Sealer> sealer_;
  std::unique_ptr<billing::RecordWriter> writer_;
  int count_ = 0;  ///< Of the connection that the writer has.
  Monotonic next_partitions_;
};

RecordKeeper::RecordKeeper(Loop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      store_(std::make_unique<Store>(options_)),
      caught_up_(loop.now()),
      late_([](void* self) { static_cast<RecordKeeper*>(self)->note_lateness(); }, this),
      woken_(loop),
      worker_({.name = "records", .capacity = 1}),
      scope_(loop, [](const Broken& broken) { assertion_failed(broken.what(), broken.file(), broken.line()); }) {}

RecordKeeper::~RecordKeeper() = default;

void RecordKeeper::start() {
  scope_.spawn(keep());
}

void RecordKeeper::finish(std::function<void()> done) {
  done_ = std::move(done);
  woken_.set();
}

Task<> RecordKeeper::keep() {
  auto step = [store = store_.get()] { return store->step(); };
  while (true) {
    const bool is_last = done_ != nullptr;
    loop_.timers().arm(late_, loop_.now() + options_.patience);
    const auto result = co_await run_on(worker_, loop_, step);
    late_.cancel();
    CARILLON_ENSURE(result.has_value());  // One piece of work at a time: the mailbox has room.
    if (*result && (*result)->is_anew) noted_ = {.set_aside = noted_.set_aside};
    if (*result) note_success((*result)->progress);
    if (*result && (*result)->has_more) continue;
    if (is_last) break;
    if (*result) caught_up_ = loop_.now();
    const Duration wait = *result ? options_.poll_interval : note_failure(result->error());
    note_lag();
    co_await pause(wait);
  }
  done_();
}

void RecordKeeper::note_success(const billing::RecordWriter::Progress& progress) {
  if (std::exchange(retry_, Duration::zero()) != Duration::zero()) log::info("jobs", "records.stored_again");
  stored_.add(progress.stored - noted_.stored);
  orphans_.add(progress.orphans - noted_.orphans);
  alarms_.add(progress.alarms - noted_.alarms);
  if (progress.set_aside > noted_.set_aside) set_aside_.add(progress.set_aside - noted_.set_aside);
  open_.set(static_cast<std::int64_t>(progress.open_calls));
  const bool is_alarming = progress.orphans > noted_.orphans || progress.damaged_bytes > noted_.damaged_bytes ||
                           progress.bad_records > noted_.bad_records;
  if (is_alarming) {
    log::error("jobs", "journal.damaged",
               {{"orphans", progress.orphans}, {"damaged_bytes", progress.damaged_bytes}, {"bad_records", progress.bad_records}});
  }
  noted_ = progress;
  if (options_.on_state) options_.on_state({});
}

/// Returns how long to wait before the next try.
Duration RecordKeeper::note_failure(const Error& error) {
  retry_ = retry_ == Duration::zero() ? options_.first_retry : std::min(retry_ * 2, options_.longest_retry);
  failures_.add();
  log::error("jobs", "records.not_stored", {{"fault", error.code}, {"error", error}, {"retry", retry_}});
  if (options_.on_state) options_.on_state("cannot store call records: its log says why");
  return retry_;
}

/// The step under way is not over yet. It cannot be broken off, but nobody shall believe that all is well.
void RecordKeeper::note_lateness() {
  loop_.timers().arm(late_, loop_.now() + options_.patience);
  note_lag();
  if (options_.on_state) options_.on_state("waits for the database");
}

void RecordKeeper::note_lag() {
  lag_.set(std::chrono::duration_cast<std::chrono::seconds>(loop_.now() - caught_up_).count());
}

Task<> RecordKeeper::wake() {
  co_await woken_.wait();
}

/// Waits for `time`, or until finish() is called.
Task<> RecordKeeper::pause(Duration time) {
  (void)co_await with_deadline(loop_, time, wake());
}

}  // namespace carillon::roles

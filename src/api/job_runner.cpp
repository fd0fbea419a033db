// SPDX-License-Identifier: GPL-3.0-or-later
// Whose turn is it, one step of that, and what its failure means.
#include "api/job_runner.hpp"

#include <algorithm>

#include "api/job_steps.hpp"
#include "store/events.hpp"

namespace carillon::api {

namespace {

using model::Job;
using model::JobKind;
using model::JobPhase;
using model::JobState;
using Turn = JobRunner::Turn;

constexpr std::int64_t tries_max = 20;
constexpr Duration longest_pause = 1min;

/// Whether trying again may help: it is the database's trouble, not the job's.
bool may_pass(const Error& error) {
  using enum store::Fault;
  return error.is(away) || error.is(busy) || error.is(full) || error.is(open) || error.is(read_only);
}

JobState outcome_of(const Job& job) {
  if (job.error.empty()) return JobState::done;
  return job.error == job_cancelled ? JobState::cancelled : JobState::failed;
}

store::Event event_of(const Job& job, Instant now) {
  return {.type = "job.ended",
          .data = {{"job", to_base32(job.id.value)},
                   {"kind", model::text_of(job.kind)},
                   {"collection", job.collection},
                   {"state", model::text_of(job.state)}},
          .at = now};
}

Result<> finish(store::Database& database, Job& job, Instant now) {
  job.state = outcome_of(job);
  if (job.state == JobState::cancelled) job.error.clear();
  CARILLON_TRY(transaction, store::Transaction::begin_write(database));
  CARILLON_CHECK(store::end_job(database, job, now));
  if (job.brand) CARILLON_CHECK(store::enqueue_event(database, {job.brand, job.customer, {}}, event_of(job, now), now));
  return transaction.commit();
}

/// The job as it was before the step that failed, with what follows from that.
void note_failure(Job& job, const Error& error, Instant now) {
  if (may_pass(error) && job.tries < tries_max) {
    const Duration pause = std::min<Duration>(1s * (std::int64_t{1} << std::min<std::int64_t>(job.tries, 6)), longest_pause);
    ++job.tries;
    job.next_at = now + pause;
    return;
  }
  if (job.error.empty()) job.error = error.code;
  const bool has_made = job.kind == JobKind::import_file && job.phase == JobPhase::writing;
  job.phase = has_made ? JobPhase::undoing : JobPhase::finishing;
  job.next_at = now;
}

}  // namespace

/// What lives on the worker's thread.
class JobRunner::Bench {
 public:
  explicit Bench(const Options& options)
      : connection_(options.database_url, options.data_dir, store::Access::write),
        sealer_(options.sealer),
        bench_{connection_, sealer_, options.cost} {}

  Result<Turn> step(Instant now) {
    CARILLON_TRY(database, connection_.get({}));
    CARILLON_TRY(due, store::due_job(*database, now));
    if (!due) return Turn::nothing;
    Job job = *due;
    if (job.phase == JobPhase::finishing) {
      CARILLON_CHECK(finish(*database, job, now));
      return job.state == JobState::done ? Turn::ended : Turn::failed;
    }
    const Result<> stepped = job.kind == JobKind::export_file ? step_export(bench_, job, now) : step_import(bench_, job, now);
    if (stepped || stepped.error().is(store::Fault::stale)) return Turn::stepped;
    log::warning("jobs", "job.step_failed", {{"job", due->id}, {"fault", stepped.error().code}, {"error", stepped.error()}});
    CARILLON_TRY(again, connection_.get({}));
    note_failure(*due, stepped.error(), now);
    const Result<> noted = store::save_job(*again, *due);
    if (!noted && !noted.error().is(store::Fault::stale)) return std::unexpected(noted.error());
    return Turn::later;
  }

  Result<bool> prune(Instant now) {
    CARILLON_TRY(database, connection_.get({}));
    return store::prune_jobs(*database, now);
  }

 private:
  store::Connection connection_;
  store::Sealer sealer_;
  Workbench bench_;
};

JobRunner::JobRunner(Loop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      bench_(std::make_unique<Bench>(options_)),
      next_prune_(loop.now()),
      worker_({.name = "jobs", .capacity = 1}),
      scope_(loop, [](const Broken& broken) { assertion_failed(broken.what(), broken.file(), broken.line()); }) {}

JobRunner::~JobRunner() = default;

void JobRunner::start() {
  scope_.spawn(keep());
}

Task<> JobRunner::keep() {
  while (true) {
    if (loop_.now() >= next_prune_) co_await prune();
    const Monotonic begun = loop_.now();
    auto step = [bench = bench_.get(), now = loop_.wall()] { return bench->step(now); };
    const auto turn = co_await run_on(worker_, loop_, std::move(step));
    CARILLON_ENSURE(turn.has_value());  // One piece of work at a time: the mailbox has room.
    if (!*turn) warn(turn->error());
    if (*turn) count(**turn);
    co_await sleep(loop_, pause_after(*turn, loop_.now() - begun));
  }
}

/// After a step the others have as long as it took: who waits for SQLite's lock looks now and then whether it is free, and would
/// hardly ever find it so.
Duration JobRunner::pause_after(const Result<Turn>& turn, Duration taken) const {
  if (!turn) return options_.retry_interval;
  return *turn == Turn::nothing ? options_.poll_interval : std::clamp<Duration>(taken, 1ms, 1s);
}

Task<> JobRunner::prune() {
  constexpr int rounds_max = 100;
  auto prune_some = [bench = bench_.get(), now = loop_.wall()] { return bench->prune(now); };
  bool has_more = true;
  for (int round = 0; round < rounds_max && has_more; ++round) {
    const auto pruned = co_await run_on(worker_, loop_, prune_some);
    CARILLON_ENSURE(pruned.has_value());
    if (!*pruned) warn(pruned->error());
    has_more = pruned->value_or(false);
  }
  next_prune_ = loop_.now() + options_.prune_interval;
}

void JobRunner::count(Turn turn) {
  if (turn != Turn::nothing) steps_.add();
  if (turn == Turn::ended) done_.add();
  if (turn == Turn::failed) failed_.add();
}

void JobRunner::warn(const Error& error) {
  const auto left_out = log_limit_.admit("database", loop_.now());
  if (left_out) log::error("jobs", "jobs.stopped", {{"fault", error.code}, {"error", error}, {"left_out", *left_out}});
}

}  // namespace carillon::api

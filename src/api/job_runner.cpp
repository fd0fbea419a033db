// SPDX-License-Identifier: GPL-3.0-or-later
// Whose turn is it, one step of that, and what its failure means.
#include "api/job_runner.hpp"

#include <algorithm>

#include "api/job_steps.hpp"
#include "api/problem.hpp"
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

/// An export that made no file keeps none; a few parts at a time. False when some may be left.
Result<bool> drop_file(store::Database& database, Job& job, Instant now) {
  if (job.kind != JobKind::export_file || job.error.empty() || job.file_bytes == 0) return true;
  CARILLON_TRY(transaction, store::Transaction::begin_write(database));
  CARILLON_TRY(has_more, store::remove_some_parts(database, job.id));
  if (!has_more) job.file_bytes = 0;
  job.next_at = now;
  CARILLON_CHECK(store::save_job(database, job));
  CARILLON_CHECK(transaction.commit());
  return false;
}

Result<> finish(store::Database& database, Job& job, Instant now) {
  CARILLON_TRY(is_dropped, drop_file(database, job, now));
  if (!is_dropped) return {};
  job.state = outcome_of(job);
  if (job.state == JobState::cancelled) job.error.clear();
  CARILLON_TRY(transaction, store::Transaction::begin_write(database));
  CARILLON_CHECK(store::end_job(database, job, now));
  if (job.brand) CARILLON_CHECK(store::enqueue_event(database, {job.brand, job.customer, {}}, event_of(job, now), now));
  return transaction.commit();
}

/// As problems say it.
std::string_view code_of(const Error& error) {
  using enum store::Fault;
  if (may_pass(error)) return name_of(Fault::busy);
  if (error.is(not_found)) return name_of(Fault::forbidden);
  return error.is(constraint) ? name_of(Fault::conflict) : name_of(Fault::internal);
}

/// The job as it was before the step that failed, with what follows from that. To take something back is tried for longest.
void note_failure(Job& job, const Error& error, Instant now) {
  if ((may_pass(error) || job.phase == JobPhase::undoing) && job.tries < tries_max) {
    const Duration pause = std::min<Duration>(1s * (std::int64_t{1} << std::min<std::int64_t>(job.tries, 6)), longest_pause);
    ++job.tries;
    job.next_at = now + pause;
    return;
  }
  if (job.error.empty()) job.error = code_of(error);
  const bool has_made = job.kind == JobKind::import_file && job.phase == JobPhase::writing;
  job.next_at = job.phase == JobPhase::finishing ? now + longest_pause : now;
  if (has_made) job.tries = 0;
  job.phase = has_made ? JobPhase::undoing : JobPhase::finishing;
}

}  // namespace

/// What lives on the worker's thread.
class JobRunner::Bench {
 public:
  explicit Bench(const Options& options)
      : connection_(options.database_url, options.data_dir, store::Access::write),
        sealer_(options.sealer),
        carriers_(options.carriers),
        bench_{connection_, sealer_, options.cost, &carriers_} {}

  Result<Turn> step(Instant now) {
    CARILLON_TRY(database, connection_.get({}));
    CARILLON_TRY(due, store::due_job(*database, now));
    if (!due) return Turn::nothing;
    Job job = *due;
    const bool is_export = job.kind == JobKind::export_file;
    const bool is_finishing = job.phase == JobPhase::finishing;
    const Result<> stepped = is_finishing ? finish(*database, job, now)
                             : is_export  ? step_export(bench_, job, now)
                                          : step_import(bench_, job, now);
    if (stepped && is_over(job.state)) return job.state == JobState::done ? Turn::ended : Turn::failed;
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
  Result<> find_surplus(Instant now) {
    CARILLON_TRY(database, connection_.get({}));
    return store::find_surplus_jobs(*database, now);
  }

 private:
  store::Connection connection_;
  store::Sealer sealer_;
  outbound::AddressPolicy carriers_;
  Workbench bench_;
};

JobRunner::JobRunner(Loop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      bench_(std::make_unique<Bench>(options_)),
      next_look_(loop.now()),
      worker_({.name = "jobs", .capacity = 1}),
      scope_(loop, [](const Broken& broken) { assertion_failed(broken.what(), broken.file(), broken.line()); }) {}

JobRunner::~JobRunner() = default;

void JobRunner::start() {
  scope_.spawn(keep());
}

Task<> JobRunner::keep() {
  while (true) {
    if (loop_.now() >= next_look_) co_await look_for_surplus();
    const Monotonic begun = loop_.now();
    auto step = [bench = bench_.get(), now = loop_.wall()]() -> Result<Turn> {
      CARILLON_TRY(turn, bench->step(now));
      CARILLON_TRY(has_pruned, bench->prune(now));
      return turn == Turn::nothing && has_pruned ? Turn::stepped : turn;
    };
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

Task<> JobRunner::look_for_surplus() {
  auto look = [bench = bench_.get(), now = loop_.wall()] { return bench->find_surplus(now); };
  const auto found = co_await run_on(worker_, loop_, std::move(look));
  CARILLON_ENSURE(found.has_value());
  if (!*found) warn(found->error());
  next_look_ = loop_.now() + options_.surplus_interval;
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

// SPDX-License-Identifier: GPL-3.0-or-later
// The table of jobs as those who work it off see it. A step is a transaction that ends with save_job(): however many work at one
// job, each step happens once, and whoever dies loses no more than one.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/job.hpp"
#include "store/seal.hpp"
#include "store/table.hpp"

namespace carillon::store {

constexpr std::int64_t jobs_under_way_max = 20;                  ///< Of one customer, of a brand's own or of the platform's.
constexpr std::int64_t jobs_kept_max = 200;                      ///< Of the same: the oldest go first.
constexpr std::int64_t job_bytes_kept_max = 1024 * 1024 * 1024;  ///< Of the same, all files together.
constexpr Duration job_kept_time = 7 * 24h;                      ///< From its end.

/// What there is of the tenant that a job belongs to.
struct JobLoad {
  std::int64_t kept = 0;
  std::int64_t under_way = 0;
  std::int64_t bytes = 0;
};
Result<JobLoad> load_of(Database& database, const model::Job& job);

/// Stores a new job with what was sent for it, in the caller's transaction. `in_use`: its tenant has too many under way;
/// `invalid`: too much is kept for it.
Result<> insert_job(Database& database, const Sealer& sealer, model::Job& job, std::span<const std::string> sent, Instant now);

/// The job whose turn it is: the one that has waited longest.
Result<std::optional<model::Job>> due_job(Database& database, Instant now);

/// Writes how far a job is, in the transaction of what was done. `stale`: somebody else made this step or stopped the job, and
/// nothing of the transaction may stand.
Result<> save_job(Database& database, model::Job& job);

/// Ends it in `job.state`: from now on it is kept for a while. What was sent goes, unless it could be tried again.
Result<> end_job(Database& database, model::Job& job, Instant now);

/// Back to its beginning, but for what a look at the file alone had found wrong. `stale`, `in_use` and `invalid` as above.
Result<> restart_job(Database& database, model::Job& job, Instant now);

/// Some of its parts, in the caller's transaction. False when none is left.
Result<bool> remove_some_parts(Database& database, Id<model::Job> id);

/// Lets what each tenant has beyond the newest `jobs_kept_max` that are over expire now.
Result<> find_surplus_jobs(Database& database, Instant now);
/// Removes some of what has expired, a few parts in a transaction. False when nothing has.
Result<bool> prune_jobs(Database& database, Instant now);

/// What a part is of.
enum class PartKind {
  sent,    ///< Lines of an import.
  file,    ///< Of the file that an export makes.
  made,    ///< What an import made, with the ids.
  faulty,  ///< Lines that will not do.
  refused  ///< Lines that will never do, whatever is there.
};

/// Puts a part there. It lies sealed: it may hold passwords.
Result<> add_part(Database& database, const Sealer& sealer, const model::Job& job, PartKind kind, std::int64_t n,
                  std::string_view content);
/// None when there is no such part.
Result<std::optional<std::string>> find_part(Database& database, const Sealer& sealer, const model::Job& job, PartKind kind,
                                             std::int64_t n);
Result<> remove_part(Database& database, const model::Job& job, PartKind kind, std::int64_t n);
/// Their numbers, in order.
Result<std::vector<std::int64_t>> part_numbers(Database& database, Id<model::Job> job, PartKind kind);

}  // namespace carillon::store

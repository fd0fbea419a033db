// SPDX-License-Identifier: GPL-3.0-or-later
// Steps are counted: the count is the lock.
#include "store/jobs.hpp"

namespace carillon::store {

namespace {

using model::Job;
using model::JobState;

constexpr std::int64_t parts_at_a_time = 10;  ///< That go in one transaction: each may be a megabyte.

std::string_view text_of(PartKind kind) {
  constexpr std::string_view names[] = {"sent", "file", "made", "faulty", "refused"};
  return names[static_cast<std::size_t>(kind)];
}

/// What one place holds opens at no other.
std::string field_of(PartKind kind, std::int64_t n) {
  return fmt::format("{} {}", text_of(kind), n);
}

std::string_view where_of(const Job& job) {
  if (job.customer) return " WHERE brand = ? AND customer = ?";
  return job.brand ? " WHERE brand = ? AND customer IS NULL" : " WHERE brand IS NULL AND customer IS NULL";
}

}  // namespace

Result<JobLoad> load_of(Database& database, const Job& job) {
  CARILLON_TRY(statement,
               database.prepare(fmt::format("SELECT count(*), coalesce(sum(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END), 0), "
                                            "coalesce(sum(file_bytes), 0) FROM jobs{}",
                                            where_of(job))));
  if (job.brand) statement->bind(1, job.brand.value);
  if (job.customer) statement->bind(2, job.customer.value);
  CARILLON_CHECK(statement->step());
  return JobLoad{.kept = statement->integer(0), .under_way = statement->integer(1), .bytes = statement->integer(2)};
}

namespace {

Result<> check_room(Database& database, const Job& job) {
  CARILLON_TRY(load, load_of(database, job));
  if (load.under_way >= jobs_under_way_max) return failure(Fault::in_use, "too many jobs are under way");
  const bool is_full = load.bytes >= job_bytes_kept_max || load.kept >= 2 * jobs_kept_max;
  return is_full ? failure(Fault::invalid, "too much is kept") : Result<>();
}

}  // namespace

Result<> insert_job(Database& database, const Sealer& sealer, Job& job, std::span<const std::string> sent, Instant now) {
  CARILLON_CHECK(check_room(database, job));
  CARILLON_TRY(id, fresh_id(database, model::resource_of<Job>, now));
  job.id = {id};
  job.created_at = now;
  job.next_at = now;
  job.parts = std::ssize(sent);
  for (const std::string& content : sent) job.file_bytes += std::ssize(content);
  CARILLON_TRY(inserter, Inserter::prepare(database, model::resource_of<Job>));
  CARILLON_CHECK(inserter.insert(job));
  std::int64_t n = 0;
  for (const std::string& content : sent) CARILLON_CHECK(add_part(database, sealer, job, PartKind::sent, n++, content));
  return {};
}

Result<std::optional<Job>> due_job(Database& database, Instant now) {
  CARILLON_TRY(statement, database.prepare("SELECT id FROM jobs WHERE next_at <= ? ORDER BY next_at, id LIMIT 1"));
  statement->bind_instant(1, now);
  CARILLON_TRY(is_there, statement->step());
  if (!is_there) return std::nullopt;
  CARILLON_TRY(job, find(database, {}, Id<Job>{statement->integer(0)}));
  return std::optional<Job>(std::move(job));
}

Result<> save_job(Database& database, Job& job) {
  CARILLON_TRY(statement,
               database.prepare("UPDATE jobs SET state = ?, phase = ?, rows_done = ?, rows_total = ?, rows_faulty = ?, "
                                "file_bytes = ?, error = ?, tries = ?, started_at = ?, ended_at = ?, expires_at = ?, cursor = ?, "
                                "position = ?, next_at = ?, step = step + 1 WHERE id = ? AND step = ?"));
  int parameter = 1;
  for (const std::string_view name : {model::text_of(job.state), model::text_of(job.phase)}) statement->bind(parameter++, name);
  for (const std::int64_t number : {job.rows_done, job.rows_total, job.rows_faulty, job.file_bytes})
    statement->bind(parameter++, number);
  statement->bind(parameter++, job.error);
  statement->bind(parameter++, job.tries);
  for (const Instant instant : {job.started_at, job.ended_at, job.expires_at}) statement->bind_instant(parameter++, instant);
  statement->bind(parameter++, job.cursor);
  statement->bind(parameter++, job.position);
  statement->bind_instant(parameter++, job.next_at);
  statement->bind(parameter++, job.id.value);
  statement->bind(parameter, job.step);
  CARILLON_CHECK(statement->run());
  if (database.changed_rows() != 1) return failure(Fault::stale, "somebody else went on with the job");
  ++job.step;
  return {};
}

Result<> end_job(Database& database, Job& job, Instant now) {
  job.phase = model::JobPhase::none;
  job.ended_at = now;
  job.expires_at = now + job_kept_time;
  job.next_at = {};
  CARILLON_CHECK(save_job(database, job));
  if (job.kind != model::JobKind::import_file || job.state != JobState::done) return {};
  CARILLON_TRY(sent, database.prepare("DELETE FROM job_parts WHERE job = ? AND kind = 'sent'"));
  sent->bind(1, job.id.value);
  return sent->run();
}

Result<> restart_job(Database& database, Job& job, Instant now) {
  CARILLON_CHECK(check_room(database, job));
  job.state = JobState::waiting;
  job.phase = model::JobPhase::none;
  job.rows_done = 0;
  job.rows_faulty = 0;
  job.position = 0;
  job.tries = 0;
  job.error.clear();
  job.cursor.clear();
  job.started_at = {};
  job.ended_at = {};
  job.expires_at = {};
  job.next_at = now;
  CARILLON_CHECK(save_job(database, job));
  CARILLON_TRY(parts, database.prepare("DELETE FROM job_parts WHERE job = ? AND kind NOT IN ('sent', 'refused')"));
  parts->bind(1, job.id.value);
  return parts->run();
}

Result<bool> remove_some_parts(Database& database, Id<Job> id) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM job_parts WHERE job = ? AND kind || n IN "
                                           "(SELECT kind || n FROM job_parts WHERE job = ? ORDER BY kind, n LIMIT ?)"));
  statement->bind(1, id.value);
  statement->bind(2, id.value);
  statement->bind(3, parts_at_a_time);
  CARILLON_CHECK(statement->run());
  return database.changed_rows() > 0;
}

namespace {

Result<> expire_surplus(Database& database, Instant now) {
  CARILLON_TRY(surplus,
               database.prepare("UPDATE jobs SET expires_at = ? WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER "
                                "(PARTITION BY brand, customer ORDER BY created_at DESC, id DESC) AS place FROM jobs "
                                "WHERE expires_at > ?) AS kept WHERE place > ?)"));
  surplus->bind_instant(1, now);
  surplus->bind_instant(2, now);
  surplus->bind(3, jobs_kept_max);
  return surplus->run();
}

}  // namespace

Result<> find_surplus_jobs(Database& database, Instant now) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_CHECK(expire_surplus(database, now));
  return transaction.commit();
}

Result<bool> prune_jobs(Database& database, Instant now) {
  CARILLON_TRY(expired, database.prepare("SELECT id FROM jobs WHERE expires_at <= ? ORDER BY expires_at LIMIT 1"));
  expired->bind_instant(1, now);
  CARILLON_TRY(is_there, expired->step());
  if (!is_there) return false;
  const Id<Job> id{expired->integer(0)};
  expired->reset();
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_TRY(has_more, remove_some_parts(database, id));
  if (!has_more) {
    CARILLON_TRY(job, database.prepare("DELETE FROM jobs WHERE id = ?"));
    job->bind(1, id.value);
    CARILLON_CHECK(job->run());
  }
  CARILLON_CHECK(transaction.commit());
  return true;
}

Result<> add_part(Database& database, const Sealer& sealer, const Job& job, PartKind kind, std::int64_t n,
                  std::string_view content) {
  CARILLON_TRY(statement, database.prepare("INSERT INTO job_parts (job, kind, n, brand, customer, content) "
                                           "VALUES (?, ?, ?, ?, ?, ?)"));
  const std::string field = field_of(kind, n);
  statement->bind(1, job.id.value);
  statement->bind(2, text_of(kind));
  statement->bind(3, n);
  statement->bind_id(4, job.brand.value);
  statement->bind_id(5, job.customer.value);
  statement->bind(6, sealer.seal(content, {.table = "job_parts", .id = job.id.value, .field = field}));
  return statement->run();
}

Result<std::optional<std::string>> find_part(Database& database, const Sealer& sealer, const Job& job, PartKind kind,
                                             std::int64_t n) {
  CARILLON_TRY(statement, database.prepare("SELECT content FROM job_parts WHERE job = ? AND kind = ? AND n = ?"));
  statement->bind(1, job.id.value);
  statement->bind(2, text_of(kind));
  statement->bind(3, n);
  CARILLON_TRY(is_there, statement->step());
  if (!is_there) return std::nullopt;
  const std::string field = field_of(kind, n);
  CARILLON_TRY(content, sealer.open(statement->text(0), {.table = "job_parts", .id = job.id.value, .field = field}));
  return std::string(content.reveal());
}

Result<> remove_part(Database& database, const Job& job, PartKind kind, std::int64_t n) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM job_parts WHERE job = ? AND kind = ? AND n = ?"));
  statement->bind(1, job.id.value);
  statement->bind(2, text_of(kind));
  statement->bind(3, n);
  return statement->run();
}

Result<std::vector<std::int64_t>> part_numbers(Database& database, Id<Job> job, PartKind kind) {
  CARILLON_TRY(statement, database.prepare("SELECT n FROM job_parts WHERE job = ? AND kind = ? ORDER BY n"));
  statement->bind(1, job.value);
  statement->bind(2, text_of(kind));
  std::vector<std::int64_t> numbers;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) return numbers;
    numbers.push_back(statement->integer(0));
  }
}

}  // namespace carillon::store

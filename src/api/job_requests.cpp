// SPDX-License-Identifier: GPL-3.0-or-later
// Beginning, stopping and repeating jobs, and what came of them. A job is seen by its tenant; its file is for who asked.
#include "api/job_requests.hpp"

#include "api/admission.hpp"
#include "api/features.hpp"
#include "api/file_sender.hpp"
#include "api/handlers.hpp"
#include "api/job_steps.hpp"
#include "api/resource_query.hpp"
#include "api/resource_routes.hpp"
#include "api/writing.hpp"
#include "control/message.hpp"
#include "store/audit.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;
using model::Job;
using model::JobKind;
using model::JobPhase;
using model::JobState;

constexpr Duration report_patience = 25s;  ///< How long a request waits for its job.
constexpr Duration look_interval = 50ms;
constexpr Duration write_patience = 5s;
constexpr int change_attempts = 20;  ///< A step of the job may come between its reading and its writing.

std::int64_t who_asks(const Caller& caller) {
  return caller.is_emulated() ? caller.actor.emulated_by : caller.actor.login;
}

/// The parameters that a list has, and `format`.
std::expected<Job, Problem> read_export(const Request& request, Instant now) {
  const model::Resource& resource = *request.operation->item;
  Job job = new_job(request, JobKind::export_file);
  net::HttpFields parameters = request.http.query;
  std::string format(model::text_of(job.format));
  std::erase_if(parameters, [&](const auto& parameter) {
    if (parameter.first == "format") format = parameter.second;
    return parameter.first == "format";
  });
  const auto known = std::ranges::find(model::file_format_names, format);
  if (known == std::end(model::file_format_names)) {
    return refused(Fault::bad_request, "Some parameters are wrong.", {{"format", "Write csv or json."}});
  }
  job.format = static_cast<model::FileFormat>(known - std::begin(model::file_format_names));
  for (const auto& [name, value] : parameters) {
    if (!name.starts_with("filter["))
      return refused(Fault::bad_request, "Some parameters are wrong.", {{name, "There is no such parameter."}});
  }
  auto wanted = read_resource_query(parameters, resource, request.caller, now);
  if (!wanted) return std::unexpected(std::move(wanted).error());
  if (resource.access.by_time.empty()) wanted->query.sort = "id";
  job.parameters = query_json(wanted->query);
  return job;
}

/// A job of the caller's, to be changed in a transaction. `stale`: whoever works it off was quicker each time.
template <class F>
Task<Result<Job>> change_job(Backend& backend, const Request& request, F change) {
  auto attempt = [id = request.id, scope = request.caller.scope, now = backend.loop.wall(),
                  change = std::move(change)](store::Database& database) -> Result<Job> {
    CARILLON_TRY(transaction, store::Transaction::begin_write(database));
    CARILLON_TRY(job, store::find<Job>(database, scope, id));
    CARILLON_CHECK(change(database, job, now));
    CARILLON_CHECK(transaction.commit());
    return std::move(job);
  };
  auto run = [attempt = std::move(attempt)](store::Database& database) mutable {
    Result<Job> job = attempt(database);
    for (int n = 1; n < change_attempts && !job && job.error().is(store::Fault::stale); ++n) job = attempt(database);
    return job;
  };
  co_return co_await backend.database.run(request.caller.scope, std::move(run), write_patience);
}

Answer changed(const Result<Job>& job) {
  if (job) return control::write_fields(model::resource_of<Job>, &*job);
  const bool is_late = job.error().is(store::Fault::stale) || job.error().is(store::Fault::bad_query);
  if (is_late) return refused(Fault::conflict, "The job is at another point.");
  return std::unexpected(problem_of(job.error()));
}

std::unexpected<Error> too_late() {
  return failure(store::Fault::bad_query, "the job is over, or not over");
}

/// What is no id leads nowhere.
std::expected<std::string, Problem> id_in(const Request& request) {
  if (!store::is_value(model::resource_of<Job>.fields.front(), request.id)) return refused(Fault::not_found);
  return request.id;
}

/// Who may only read does not read what was made for whoever wrote.
void without_secrets(json::array& created) {
  for (json::value& one : created) one = json::object{{"line", one.at("line")}, {"id", one.at("id")}};
}

Document report_document(const Job& job, json::object report) {
  Document document{std::move(report)};
  document.headers.emplace_back("Carillon-Job", to_base32(job.id.value));
  return document;
}

}  // namespace

Job new_job(const Request& request, JobKind kind) {
  const Caller& caller = request.caller;
  Job job;
  job.brand = caller.scope.brand;
  job.customer = caller.scope.customer;
  job.requester_user = caller.scope.user;
  job.requested_by = caller.is_emulated() ? caller.actor.emulated_by_name : caller.actor.name;
  job.login = who_asks(caller);
  job.kind = kind;
  job.collection = collection_of(request.operation->item->table);
  job.caller = caller_json(caller);
  return job;
}

Problem job_problem(const Error& error) {
  if (error.is(store::Fault::in_use))
    return {.fault = Fault::busy, .detail = "Too many jobs are under way.", .retry_after = std::chrono::seconds(10)};
  if (error.is(store::Fault::invalid))
    return {.fault = Fault::too_large, .detail = "Too much is kept: delete jobs that are over."};
  return problem_of(error);
}

Answer job_answer(const Job& job) {
  Document document{control::write_fields(model::resource_of<Job>, &job)};
  document.success = Success::accepted;
  document.headers.emplace_back("Location", fmt::format("/api/v1/jobs/{}", to_base32(job.id.value)));
  return document;
}

Task<std::optional<Job>> wait_for_job(Backend& backend, const Caller& caller, Id<Job> id) {
  const Monotonic until = backend.loop.now() + report_patience;
  const auto wait = backend.job_waits.take(caller.scope);
  if (!wait) co_return std::nullopt;
  while (backend.loop.now() < until) {
    auto look = [id, scope = caller.scope](store::Database& database) { return store::find(database, scope, id); };
    auto job = co_await backend.files.run(caller.scope, std::move(look), write_patience);
    if (job && is_over(job->state)) co_return *std::move(job);
    co_await sleep(backend.loop, look_interval);
  }
  co_return std::nullopt;
}

Task<Answer> job_report(Backend& backend, const Caller& caller, Job job) {
  auto read = [job, &sealer = backend.sealer](store::Database& database) { return import_report(database, sealer, job); };
  auto report = co_await backend.files.run(caller.scope, std::move(read), write_patience);
  if (!report) co_return std::unexpected(problem_of(report.error()));
  if (!caller.token_writes) without_secrets(report->at("created").as_array());
  co_return report_document(job, *std::move(report));
}

Task<Answer> export_to_file(Backend& backend, Request request) {
  const model::Resource& resource = *request.operation->item;
  if (!model::reaches(request.caller.role, resource.access.read)) co_return refused(Fault::forbidden);
  const auto enabled = co_await check_feature(backend, request.caller, model::Feature::data_transfer);
  if (!enabled) co_return std::unexpected(enabled.error());
  auto job = read_export(request, backend.loop.wall());
  if (!job) co_return std::unexpected(std::move(job).error());
  auto insert = [job = *std::move(job), &sealer = backend.sealer, actor = actor_of(request.caller),
                 now = backend.loop.wall()](store::Database& database) mutable -> Result<Job> {
    CARILLON_TRY(transaction, store::Transaction::begin_write(database));
    CARILLON_CHECK(store::insert_job(database, sealer, job, {}, now));
    const store::Audited audited{.action = model::AuditAction::exported, .resource = &model::resource_of<Job>, .after = &job};
    CARILLON_CHECK(store::write_audit(database, actor, audited, now));
    CARILLON_CHECK(transaction.commit());
    return job;
  };
  const auto inserted = co_await backend.database.run(request.caller.scope, std::move(insert), write_patience);
  if (!inserted) co_return std::unexpected(job_problem(inserted.error()));
  co_return job_answer(*inserted);
}

Task<Answer> cancel_job(Backend& backend, Request request) {
  const auto id = id_in(request);
  if (!id) co_return std::unexpected(id.error());
  auto stop = [](store::Database& database, Job& job, Instant now) -> Result<> {
    const bool is_stopping = !job.error.empty() || job.phase == JobPhase::finishing;
    if (is_over(job.state) || is_stopping) return too_late();
    const bool has_made = job.kind == JobKind::import_file && job.phase == JobPhase::writing;
    job.phase = has_made ? JobPhase::undoing : JobPhase::finishing;
    job.error = job_cancelled;
    job.next_at = now;
    return store::save_job(database, job);
  };
  co_return changed(co_await change_job(backend, request, stop));
}

Task<Answer> retry_job(Backend& backend, Request request) {
  const auto id = id_in(request);
  if (!id) co_return std::unexpected(id.error());
  auto restart = [asks = who_asks(request.caller)](store::Database& database, Job& job, Instant now) -> Result<> {
    if (job.state != JobState::failed && job.state != JobState::cancelled) return too_late();
    if (job.login != asks) return failure(store::Fault::not_found);
    // Lines that the file itself makes wrong were never sent on: without them it would be half a file. And what could not be
    // taken back is known by this job alone.
    for (const store::PartKind kind : {store::PartKind::refused, store::PartKind::made}) {
      CARILLON_TRY(parts, store::part_numbers(database, job.id, kind));
      if (!parts.empty()) return too_late();
    }
    return store::restart_job(database, job, now);
  };
  const auto restarted = co_await change_job(backend, request, restart);
  const bool has_no_room =
      !restarted && (restarted.error().is(store::Fault::in_use) || restarted.error().is(store::Fault::invalid));
  if (has_no_room) co_return std::unexpected(job_problem(restarted.error()));
  co_return changed(restarted);
}

Task<Answer> delete_job(Backend& backend, Request request) {
  const auto id = id_in(request);
  if (!id) co_return std::unexpected(id.error());
  auto drop = [](store::Database& database, Job& job, Instant now) -> Result<> {
    if (!is_over(job.state)) return too_late();
    job.expires_at = now;  // Its parts go one after the other: nobody waits for that.
    return store::save_job(database, job);
  };
  const auto dropped = changed(co_await change_job(backend, request, drop));
  if (!dropped) co_return dropped;
  co_return nothing();
}

Task<Answer> get_job_file(Backend& backend, Request request) {
  const auto id = id_in(request);
  if (!id) co_return std::unexpected(id.error());
  auto look = [id = *id, scope = request.caller.scope](store::Database& database) {
    return store::find<Job>(database, scope, id);
  };
  const auto job = co_await backend.database.run(request.caller.scope, std::move(look));
  if (!job) co_return std::unexpected(problem_of(job.error()));
  if (job->login != who_asks(request.caller)) co_return refused(Fault::forbidden, "The file is for whoever asked for it.");
  if (is_of_calls(job->collection) && !(request.caller.rights.may_see_calls && request.caller.token_sees_calls)) {
    co_return refused(Fault::forbidden, "It tells of calls.");
  }
  if (!is_over(job->state)) co_return refused(Fault::conflict, "The job is not over.");
  if (job->expires_at <= backend.loop.wall()) co_return refused(Fault::not_found);
  if (job->kind == JobKind::import_file) co_return co_await job_report(backend, request.caller, *job);
  if (job->state != JobState::done) co_return refused(Fault::not_found, "The job made no file.");
  if (!backend.sender.has_room(request.caller.scope)) co_return refused(Fault::busy, "Too many files are under way.");
  const std::string_view ending = model::text_of(job->format);
  Document document{json::object()};
  document.type = job->format == model::FileFormat::csv ? "text/csv; charset=utf-8" : "application/json";
  document.headers.emplace_back("Content-Disposition", fmt::format("attachment; filename=\"{}.{}\"", job->collection, ending));
  document.stream = [&sender = backend.sender, job = *job, scope = request.caller.scope](net::HttpStream stream) {
    sender.send(job, scope, std::move(stream));
  };
  co_return document;
}

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// An import looks at all lines first, some dozens in a transaction that it undoes, then makes them the same way. Should one fail
// although it looked well, what was made is taken back: nobody waits for long, and nothing is half done.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "api/csv_cells.hpp"
#include "api/job_steps.hpp"
#include "api/resource_routes.hpp"
#include "model/json.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;
using model::Job;
using model::JobPhase;
using model::JobState;
using store::PartKind;

/// A part of the file on its way.
struct Batch {
  const model::Resource* resource = nullptr;
  Caller caller;
  Columns columns;
  std::vector<CsvLine> lines;
  std::map<std::int64_t, Secret> hashes;  ///< Of the passwords, by line.
  std::vector<Wish> wishes;               ///< Of the lines.
  bool is_trial = false;
};

/// What became of it.
struct Outcome {
  json::array errors;  ///< Of each line at fault: which, and what.
  json::array made;    ///< Ids, and what is shown this once.
};

Result<json::value> parsed(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error) return failure(store::Fault::invalid, "what was kept of the file cannot be read");
  return value;
}

std::string text_of(const json::value& value) {
  return std::string(value.as_string().data(), value.as_string().size());
}

Result<Columns> columns_of_job(const Job& job, const model::Resource& resource) {
  CARILLON_TRY(said, parsed(job.parameters.text));
  Columns columns;
  for (const json::value& name : said.at("columns").as_array()) columns.push_back(resource.find_json(text_of(name)));
  return columns;
}

Result<std::vector<CsvLine>> lines_of(std::string_view content) {
  CARILLON_TRY(sent, parsed(content));
  std::vector<CsvLine> lines;
  for (const json::value& one : sent.as_array()) {
    CsvLine line{.line = one.at("line").as_int64(), .cells = {}};
    for (const json::value& cell : one.at("cells").as_array()) line.cells.push_back(text_of(cell));
    lines.push_back(std::move(line));
  }
  return lines;
}

void note_line(Outcome& outcome, const CsvLine& line, Written& written) {
  if (!written.faults.empty()) outcome.errors.push_back(faulty_line(line.line, written.faults));
  if (!written.object) return;
  const auto id = to_base32(model::member<std::int64_t>(written.object->get(), written.object->resource().fields.front()));
  json::object made{{"line", line.line}, {"id", id}};
  for (auto& [name, value] : written.shown) made[name] = value;
  outcome.made.push_back(std::move(made));
}

/// What the lines ask for. It looks up what they refer to, which may take long: before anything is locked.
Result<> make_wishes(store::Database& database, Batch& batch) {
  Titles titles;
  for (const CsvLine& line : batch.lines) {
    CARILLON_TRY(wish, wish_of({database, batch.caller.scope, titles}, *batch.resource, batch.columns, line));
    if (const auto hash = batch.hashes.find(line.line); hash != batch.hashes.end()) wish.password_hash = hash->second;
    if (batch.is_trial && wish.members.contains("password")) wish.password_hash = Secret("is never stored");
    batch.wishes.push_back(std::move(wish));
  }
  return {};
}

Result<Outcome> make_lines(store::Edit& edit, const Batch& batch) {
  Outcome outcome;
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    const CsvLine& line = batch.lines[i];
    auto written = create(edit, batch.caller, batch.wishes[i]);
    const bool is_foreign = !written && written.error().is(store::Fault::not_found);
    const bool is_refused = !written && written.error().is(store::Fault::constraint);
    if (!written && !is_foreign && !is_refused) return std::unexpected(std::move(written).error());
    if (!written) {
      const std::string why = is_foreign ? "would belong to somebody else" : "conflicts with what is there";
      outcome.errors.push_back(faulty_line(line.line, {{"", why}}));
    }
    // The schema knows of what the caller cannot see. After that the transaction is of no use.
    if (is_refused) return outcome;
    if (is_foreign) continue;
    if (batch.caller.is_emulated()) written->shown.clear();
    note_line(outcome, line, *written);
  }
  return outcome;
}

/// On this thread, before anything is locked: each takes 100 ms.
void hash_passwords(Batch& batch, store::HashCost cost) {
  const auto at = password_column(*batch.resource, batch.columns);
  if (!at) return;
  for (const CsvLine& line : batch.lines) {
    if (!has_cell(line, *at)) continue;
    batch.hashes.emplace(line.line, store::hash_password(without_guards(line.cells[*at]), cost));
  }
}

Result<Batch> batch_of(Workbench& bench, const Job& job, const model::Resource& resource) {
  CARILLON_TRY(caller, caller_of(bench, job));
  CARILLON_TRY(columns, columns_of_job(job, resource));
  CARILLON_TRY(database, bench.connection.get(caller.scope));
  CARILLON_TRY(part, store::find_part(*database, bench.sealer, job, PartKind::sent, job.position));
  if (!part) return failure(store::Fault::not_found, "what was sent is no more");
  CARILLON_TRY(lines, lines_of(*part));
  return Batch{.resource = &resource,
               .caller = std::move(caller),
               .columns = std::move(columns),
               .lines = std::move(lines),
               .hashes = {},
               .wishes = {},
               .is_trial = false};
}

/// Nothing of the transaction stands: what was found is noted in another.
Result<> note_errors(store::Database& database, const store::Sealer& sealer, Job& job, const json::array& errors) {
  CARILLON_TRY(transaction, store::Transaction::begin_write(database));
  if (!errors.empty()) {
    job.rows_faulty += std::ssize(errors);
    CARILLON_TRY(numbers, store::part_numbers(database, job.id, PartKind::faulty));
    const std::int64_t n = numbers.empty() ? 0 : numbers.back() + 1;
    CARILLON_CHECK(store::add_part(database, sealer, job, PartKind::faulty, n, model::write_json(json::value(errors))));
  }
  CARILLON_CHECK(store::save_job(database, job));
  return transaction.commit();
}

Result<> begin_import(store::Database& database, Job& job, Instant now) {
  job.state = JobState::running;
  job.phase = JobPhase::checking;
  job.started_at = now;
  return store::save_job(database, job);
}

/// After the last part.
Result<> end_check(store::Database& database, Job& job) {
  const bool goes_on = job.rows_faulty == 0 && !job.dry_run;
  if (job.rows_faulty > 0 && !job.dry_run) job.error = name_of(Fault::invalid);
  job.phase = goes_on ? JobPhase::writing : JobPhase::finishing;
  if (goes_on) job.position = 0;
  if (goes_on) job.rows_done = 0;
  return store::save_job(database, job);
}

Result<> check_part(Workbench& bench, Job& job, const model::Resource& resource, Instant now) {
  CARILLON_TRY(batch, batch_of(bench, job, resource));
  batch.is_trial = true;
  CARILLON_TRY(database, bench.connection.get(batch.caller.scope));
  CARILLON_CHECK(make_wishes(*database, batch));
  Outcome outcome;
  {
    CARILLON_TRY(edit, store::Edit::begin(*database, batch.caller.scope, now, actor_of(batch.caller)));
    CARILLON_TRY(tried, make_lines(edit, batch));
    outcome = std::move(tried);
  }
  ++job.position;
  job.rows_done += std::ssize(batch.lines);
  return note_errors(*database, bench.sealer, job, outcome.errors);
}

Result<> write_part(Workbench& bench, Job& job, const model::Resource& resource, Instant now) {
  CARILLON_TRY(batch, batch_of(bench, job, resource));
  hash_passwords(batch, bench.cost);
  CARILLON_TRY(database, bench.connection.get(batch.caller.scope));
  CARILLON_CHECK(make_wishes(*database, batch));
  json::array errors;
  {
    CARILLON_TRY(edit, store::Edit::begin(*database, batch.caller.scope, now, actor_of(batch.caller)));
    CARILLON_TRY(outcome, make_lines(edit, batch));
    if (outcome.errors.empty()) {
      const std::string made = model::write_json(json::value(std::move(outcome.made)));
      CARILLON_CHECK(store::add_part(*database, bench.sealer, job, PartKind::made, job.position, made));
      ++job.position;
      job.rows_done += std::ssize(batch.lines);
      CARILLON_CHECK(store::save_job(*database, job));
      CARILLON_CHECK(edit.commit());
      return {};
    }
    errors = std::move(outcome.errors);
  }
  job.phase = JobPhase::undoing;
  job.error = name_of(Fault::invalid);
  return note_errors(*database, bench.sealer, job, errors);
}

/// Who asked, or the platform itself when that one may do nothing any more: what was made goes all the same.
Result<Caller> undoer_of(Workbench& bench, const Job& job) {
  auto caller = caller_of(bench, job);
  if (caller || !caller.error().is(store::Fault::not_found)) return caller;
  Caller platform;
  platform.scope = {job.brand, job.customer, {}};
  return platform;
}

json::object staying(const json::value& made) {
  return faulty_line(made.at("line").as_int64(), {{"", "stays: others refer to it"}});
}

/// What could not be taken back, because others refer to it already.
Result<json::array> remove_made(store::Edit& edit, const model::Resource& resource, const json::array& made, bool& has_removed) {
  json::array kept;
  for (const json::value& one : made) {
    const auto removed = remove(edit, resource, {.id = from_base32(text_of(one.at("id"))).value_or(0)});
    if (!removed && !removed.error().is(store::Fault::not_found)) return std::unexpected(removed.error());
    if (removed && !removed->uses.empty()) kept.push_back(staying(one));
    has_removed = has_removed || (removed && removed->uses.empty());
  }
  return kept;
}

/// The part is done with.
Result<> note_undone(store::Database& database, const store::Sealer& sealer, Job& job, std::int64_t n, const json::array& kept) {
  CARILLON_CHECK(store::remove_part(database, job, PartKind::made, n));
  job.rows_done = std::max<std::int64_t>(job.rows_done - import_part_lines, 0);
  job.rows_faulty += std::ssize(kept);
  if (!kept.empty()) {
    CARILLON_CHECK(
        store::add_part(database, sealer, job, PartKind::faulty, 2 * job.parts + n, model::write_json(json::value(kept))));
  }
  return store::save_job(database, job);
}

/// Takes back the last part that is there.
Result<> undo_part(Workbench& bench, Job& job, const model::Resource& resource, Instant now) {
  CARILLON_TRY(caller, undoer_of(bench, job));
  CARILLON_TRY(database, bench.connection.get(caller.scope));
  CARILLON_TRY(numbers, store::part_numbers(*database, job.id, PartKind::made));
  if (numbers.empty()) {
    job.phase = JobPhase::finishing;
    return store::save_job(*database, job);
  }
  CARILLON_TRY(part, store::find_part(*database, bench.sealer, job, PartKind::made, numbers.back()));
  CARILLON_TRY(made, part ? parsed(*part) : Result<json::value>(json::array()));
  json::array kept;
  bool has_removed = false;
  {
    CARILLON_TRY(edit, store::Edit::begin(*database, caller.scope, now, actor_of(caller)));
    auto removed = remove_made(edit, resource, made.as_array(), has_removed);
    const bool is_held = !removed && removed.error().is(store::Fault::constraint);  // By what is not seen from here.
    if (!removed && !is_held) return std::unexpected(removed.error());
    if (is_held)
      for (const json::value& one : made.as_array()) kept.push_back(staying(one));
    else
      kept = *std::move(removed);
    if (has_removed && !is_held) {
      CARILLON_CHECK(note_undone(*database, bench.sealer, job, numbers.back(), kept));
      CARILLON_CHECK(edit.commit());
      return {};
    }
  }
  CARILLON_TRY(transaction, store::Transaction::begin_write(*database));
  CARILLON_CHECK(note_undone(*database, bench.sealer, job, numbers.back(), kept));
  return transaction.commit();
}

}  // namespace

Result<> step_import(Workbench& bench, Job& job, Instant now) {
  const model::Resource* resource = resource_of_collection(job.collection);
  if (resource == nullptr) return failure(store::Fault::invalid, "no such collection");
  job.next_at = now;
  job.tries = 0;
  CARILLON_TRY(database, bench.connection.get({job.brand, job.customer, {}}));
  if (job.phase == JobPhase::none) return begin_import(*database, job, now);
  if (job.phase == JobPhase::undoing) return undo_part(bench, job, *resource, now);
  const bool is_checking = job.phase == JobPhase::checking;
  if (is_checking && job.position == job.parts) return end_check(*database, job);
  if (is_checking) return check_part(bench, job, *resource, now);
  if (job.position < job.parts) return write_part(bench, job, *resource, now);
  job.phase = JobPhase::finishing;
  return store::save_job(*database, job);
}

Result<json::object> import_report(store::Database& database, const store::Sealer& sealer, const Job& job) {
  json::object report{{"lines", job.rows_total},
                      {"dryRun", job.dry_run},
                      {"state", model::text_of(job.state)},
                      {"created", json::array()},
                      {"errors", json::array()}};
  const std::pair<std::string_view, PartKind> lists[] = {
      {"created", PartKind::made}, {"errors", PartKind::refused}, {"errors", PartKind::faulty}};
  for (const auto& [name, kind] : lists) {
    json::array& all = report.at(name).as_array();
    CARILLON_TRY(numbers, store::part_numbers(database, job.id, kind));
    for (const std::int64_t n : numbers) {
      CARILLON_TRY(part, store::find_part(database, sealer, job, kind, n));
      CARILLON_TRY(some, part ? parsed(*part) : Result<json::value>(json::array()));
      for (json::value& one : some.as_array()) all.push_back(std::move(one));
    }
    const auto by_line = [](const json::value& a, const json::value& b) {
      return a.at("line").as_int64() < b.at("line").as_int64();
    };
    std::ranges::sort(all, by_line);
  }
  return report;
}

}  // namespace carillon::api

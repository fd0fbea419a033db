// SPDX-License-Identifier: GPL-3.0-or-later
// An export reads some hundred rows behind its cursor and puts them away as one more part of its file.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "api/csv_cells.hpp"
#include "api/job_steps.hpp"
#include "api/resource_routes.hpp"
#include "model/json.hpp"
#include "model/resources.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;
using model::FileFormat;
using model::Job;
using model::JobPhase;
using model::JobState;

constexpr std::int64_t rows_a_step = 500;
constexpr std::size_t bytes_a_part = 1024 * 1024;

store::Query query_of(const Job& job) {
  boost::system::error_code error;
  const json::value parsed = json::parse(job.parameters.text, error);
  store::Query query;
  if (error || !parsed.is_object()) return {.filters = {{.field = "unreadable", .value = {}}}};  // It will not be run.
  const json::object& said = parsed.get_object();
  const auto text = [](const json::value& value) { return std::string(value.as_string().data(), value.as_string().size()); };
  query.sort = text(said.at("sort"));
  query.descending = said.at("descending").as_bool();
  for (const json::value& filter : said.at("filters").as_array()) {
    query.filters.push_back({.field = text(filter.at("field")),
                             .value = text(filter.at("value")),
                             .match = static_cast<store::Match>(filter.at("match").as_int64())});
  }
  return query;
}

/// What was read in one step.
struct Rows {
  std::string text;
  std::int64_t count = 0;
  std::string cursor;
  bool are_last = true;
};

void add_row(Rows& rows, const Job& job, const Columns& columns, const model::Object& object) {
  if (job.format == FileFormat::csv) return write_line(rows.text, columns, object);
  rows.text += job.rows_done + rows.count == 0 ? "\n" : ",\n";
  rows.text += model::write_json(members_of(columns, object));
}

Result<Rows> read_rows(store::Database& database, const Job& job, const model::Resource& resource, const Caller& caller) {
  store::Query query = query_of(job);
  query.limit = rows_a_step;
  query.after = job.cursor;
  std::vector<model::Object> objects;
  CARILLON_CHECK(select(database, caller.scope, resource, query, [&] { return objects.emplace_back(resource).get(); }));
  const Columns columns = columns_of(resource, caller.role);
  Rows rows;
  if (job.position == 0 && job.format == FileFormat::csv) write_header(rows.text, columns);
  if (job.position == 0 && job.format == FileFormat::json) rows.text = "[";
  for (const model::Object& object : objects) {
    add_row(rows, job, columns, object);
    ++rows.count;
    rows.cursor = store::cursor_of(resource, query, object.get());
    if (rows.text.size() >= bytes_a_part) break;
  }
  rows.are_last = rows.count == std::ssize(objects) && std::ssize(objects) < rows_a_step;
  if (rows.are_last && job.format == FileFormat::json) rows.text += "\n]\n";
  return rows;
}

Result<> begin_export(store::Database& database, Job& job, const model::Resource& resource, const Caller& caller, Instant now) {
  job.state = JobState::running;
  job.phase = JobPhase::writing;
  job.started_at = now;
  // Of very many it is not known: then counting takes longer than it may.
  job.rows_total = store::count(database, caller.scope, resource, query_of(job).filters).value_or(0);
  return store::save_job(database, job);
}

void note_rows(Job& job, const Rows& rows, bool has_no_room, Instant now) {
  job.rows_done += rows.count;
  job.file_bytes += std::ssize(rows.text);
  job.cursor = rows.cursor;
  ++job.position;
  job.next_at = now;
  job.tries = 0;
  const bool is_too_large = job.rows_done > job_rows_max || job.file_bytes > job_file_bytes_max || has_no_room;
  if (is_too_large) job.error = name_of(Fault::too_large);
  if (is_too_large || rows.are_last) job.phase = JobPhase::finishing;
}

}  // namespace

model::Json query_json(const store::Query& query) {
  json::array filters;
  for (const store::Filter& filter : query.filters) {
    filters.push_back({{"field", filter.field}, {"value", filter.value}, {"match", static_cast<std::int64_t>(filter.match)}});
  }
  return {
      model::write_json(json::object{{"sort", query.sort}, {"descending", query.descending}, {"filters", std::move(filters)}})};
}

Result<> step_export(Workbench& bench, Job& job, Instant now) {
  const model::Resource* resource = resource_of_collection(job.collection);
  if (resource == nullptr) return failure(store::Fault::invalid, "no such collection");
  CARILLON_TRY(caller, caller_of(bench, job));
  CARILLON_TRY(database, bench.connection.get(caller.scope));
  if (job.phase == JobPhase::none) return begin_export(*database, job, *resource, caller, now);
  CARILLON_TRY(rows, read_rows(*database, job, *resource, caller));
  CARILLON_TRY(transaction, store::Transaction::begin_write(*database));
  CARILLON_CHECK(store::add_part(*database, bench.sealer, job, store::PartKind::file, job.position, rows.text));
  CARILLON_TRY(load, store::load_of(*database, job));
  note_rows(job, rows, load.bytes + std::ssize(rows.text) > store::job_bytes_kept_max, now);
  CARILLON_CHECK(store::save_job(*database, job));
  return transaction.commit();
}

}  // namespace carillon::api

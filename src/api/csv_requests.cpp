// SPDX-License-Identifier: GPL-3.0-or-later
// Lists as files for spreadsheets at once, and files from them as imports.
#include <set>

#include <boost/json/array.hpp>

#include "api/accepted.hpp"
#include "api/csv_cells.hpp"
#include "api/features.hpp"
#include "api/handlers.hpp"
#include "api/job_requests.hpp"
#include "api/job_steps.hpp"
#include "model/json.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;
using model::FieldInfo;
using model::Tenant;

constexpr std::int64_t export_rows_max = 10'000;
constexpr Duration file_patience = 30s;

std::string table_of(const model::Resource& resource, const std::vector<model::Object>& objects, model::Role role) {
  const Columns columns = columns_of(resource, role);
  std::string out;
  write_header(out, columns);
  for (const model::Object& object : objects) write_line(out, columns, object);
  return out;
}

struct Settings {
  bool is_dry = false;
  std::map<std::string, std::string> names;  ///< By column: the field's JSON name, or empty for none.
};

std::expected<Settings, Problem> read_settings(const net::HttpFields& query) {
  Settings settings;
  std::vector<model::FieldFault> faults;
  for (const auto& [name, value] : query) {
    const bool is_map = name.starts_with("map[") && name.ends_with("]");
    if (name == "dryRun" && (value == "true" || value == "false"))
      settings.is_dry = value == "true";
    else if (is_map)
      settings.names[name.substr(4, name.size() - 5)] = value;
    else
      faults.push_back({name, name == "dryRun" ? "Write true or false." : "There is no such parameter."});
  }
  if (!faults.empty()) return refused(Fault::bad_request, "Some parameters are wrong.", std::move(faults));
  return settings;
}

/// Finds what a look at the objects of one part cannot: the same value twice in the file where only one object may have it.
class Repetitions {
 public:
  explicit Repetitions(const Columns& columns) : columns_(columns) {}

  /// The field that a line says once more, and where it was said first.
  std::optional<std::pair<const FieldInfo*, std::int64_t>> find(const CsvLine& line) {
    std::string tenant;
    for (std::size_t i = 0; i < line.cells.size(); ++i)
      if (columns_[i] != nullptr && columns_[i]->tenant != Tenant::none) tenant += line.cells[i] + '\n';
    for (std::size_t i = 0; i < line.cells.size(); ++i) {
      const bool counts = columns_[i] != nullptr && columns_[i]->unique != model::Unique::no && !line.cells[i].empty();
      if (!counts) continue;
      const auto [place, is_new] = seen_.try_emplace({i, tenant, line.cells[i]}, line.line);
      if (!is_new) return std::pair(columns_[i], place->second);
    }
    return std::nullopt;
  }

 private:
  const Columns& columns_;
  std::map<std::tuple<std::size_t, std::string, std::string>, std::int64_t> seen_;
};

/// The lines of a file in parts, and those that will not do whatever is there.
struct Sorted {
  std::vector<std::string> parts;
  json::array errors;
  std::int64_t lines = 0;
};

Sorted sort_lines(const std::vector<CsvLine>& lines, const Columns& columns) {
  Sorted sorted;
  Repetitions repetitions(columns);
  const bool has_passwords =
      std::ranges::any_of(columns, [](const FieldInfo* field) { return field != nullptr && field->transient; });
  const std::int64_t most = has_passwords ? import_password_lines : import_part_lines;
  json::array part;
  const auto put_away = [&] {
    if (!part.empty()) sorted.parts.push_back(model::write_json(json::value(part)));
    part.clear();
  };
  for (const CsvLine& line : lines) {
    ++sorted.lines;
    if (line.cells.size() > columns.size()) {
      sorted.errors.push_back(faulty_line(line.line, {{"", "has more cells than the first line"}}));
      continue;
    }
    if (const auto twice = repetitions.find(line)) {
      sorted.errors.push_back(
          faulty_line(line.line, {{json_name(*twice->first), fmt::format("is in line {} already", twice->second)}}));
      continue;
    }
    json::array cells;
    for (const std::string& cell : line.cells) cells.push_back(json::string(cell));
    part.push_back(json::object{{"line", line.line}, {"cells", std::move(cells)}});
    if (std::ssize(part) == most) put_away();
  }
  put_away();
  return sorted;
}

/// Whether more passwords are to be set than an import may.
bool has_too_many_passwords(const model::Resource& resource, const Columns& columns, const std::vector<CsvLine>& lines) {
  const auto at = password_column(resource, columns);
  if (!at) return false;
  const auto says_one = [at](const CsvLine& line) { return has_cell(line, *at); };
  return std::ranges::count_if(lines, says_one) > static_cast<std::ptrdiff_t>(import_passwords_max);
}

model::Json columns_json(const Columns& columns) {
  json::array names;
  for (const FieldInfo* field : columns) names.push_back(json::string(field == nullptr ? "" : json_name(*field)));
  return {model::write_json(json::object{{"columns", std::move(names)}})};
}

/// A file that was understood.
struct Import {
  model::Job job;
  Sorted sorted;
};

std::expected<Import, Problem> read_import(const Request& request) {
  const model::Resource& resource = *request.operation->item;
  const auto settings = read_settings(request.http.query);
  if (!settings) return std::unexpected(settings.error());
  auto lines = read_csv(request.http.body, import_lines_max);
  if (!lines && lines.error().is(CsvFault::too_many_lines)) {
    return refused(Fault::too_large, fmt::format("A file may have {} lines: split it.", import_lines_max));
  }
  if (!lines || lines->empty()) {
    return refused(Fault::bad_request, lines ? "The first line names the columns." : "This is no CSV: " + lines.error().what);
  }
  if (lines->front().cells.size() > import_columns_max)
    return refused(Fault::bad_request, "The first line has too many columns.");
  const auto columns = match_columns(lines->front(), settings->names, resource, request.caller.role);
  if (!columns) return std::unexpected(columns.error());
  lines->erase(lines->begin());
  if (has_too_many_passwords(resource, *columns, *lines)) {
    return refused(Fault::too_large, fmt::format("A file may set {} passwords: split it, or let people choose theirs by a link.",
                                                 import_passwords_max));
  }
  Import import{.job = new_job(request, model::JobKind::import_file), .sorted = sort_lines(*lines, *columns)};
  import.job.dry_run = settings->is_dry;
  import.job.parameters = columns_json(*columns);
  import.job.rows_total = import.sorted.lines;
  import.job.rows_faulty = std::ssize(import.sorted.errors);
  return import;
}

}  // namespace

Task<Answer> export_objects(Backend& backend, Request request, store::Query query) {
  const model::Resource& resource = *request.operation->item;
  query.limit = export_rows_max + 1;
  query.offset = 0;
  auto load = [&resource, query = std::move(query), scope = request.caller.scope,
               role = request.caller.role](store::Database& database) -> Result<std::optional<std::string>> {
    std::vector<model::Object> objects;
    CARILLON_CHECK(select(database, scope, resource, query, [&] { return objects.emplace_back(resource).get(); }));
    if (objects.size() > export_rows_max) return std::nullopt;
    return table_of(resource, objects, role);
  };
  auto table = co_await backend.files.run(request.caller.scope, std::move(load), file_patience);
  if (!table) co_return std::unexpected(problem_of(table.error()));
  if (!*table)
    co_return refused(Fault::too_large, fmt::format("There are more than {} rows: filter for fewer.", export_rows_max));
  Document document{json::object()};
  document.type = "text/csv; charset=utf-8";
  document.text = **std::move(table);
  document.headers.emplace_back("Content-Disposition", fmt::format("attachment; filename=\"{}.csv\"", resource.table));
  co_return document;
}

Task<Answer> import_objects(Backend& backend, Request request) {
  if (!model::reaches(request.caller.role, request.operation->item->access.write)) co_return refused(Fault::forbidden);
  const auto enabled = co_await check_feature(backend, request.caller, model::Feature::data_transfer);
  if (!enabled) co_return std::unexpected(enabled.error());
  auto import = read_import(request);
  if (!import) co_return std::unexpected(std::move(import).error());
  auto insert = [import = *std::move(import), &sealer = backend.sealer,
                 now = backend.loop.wall()](store::Database& database) mutable -> Result<model::Job> {
    CARILLON_TRY(transaction, store::Transaction::begin_write(database));
    CARILLON_CHECK(store::insert_job(database, sealer, import.job, import.sorted.parts, now));
    if (!import.sorted.errors.empty()) {
      const std::string refused_lines = model::write_json(json::value(import.sorted.errors));
      CARILLON_CHECK(store::add_part(database, sealer, import.job, store::PartKind::refused, 0, refused_lines));
    }
    CARILLON_CHECK(transaction.commit());
    return import.job;
  };
  const auto job = co_await backend.files.run(request.caller.scope, std::move(insert), file_patience);
  if (!job) co_return std::unexpected(job_problem(job.error()));
  if (!prefers(request.http.header("prefer"), "respond-async")) {
    const auto ended = co_await wait_for_job(backend, request.caller, job->id);
    const bool is_about_lines = ended && (ended->state == model::JobState::done || ended->error == name_of(Fault::invalid));
    if (ended && !is_about_lines)
      co_return refused(Fault::conflict, fmt::format("It was not done: look at the job {}.", to_base32(ended->id.value)));
    if (ended) co_return co_await job_report(backend, request.caller, *ended);
  }
  co_return job_answer(*job);
}

}  // namespace carillon::api

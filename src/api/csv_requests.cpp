// SPDX-License-Identifier: GPL-3.0-or-later
// Lists as files for spreadsheets, and files from them as objects: all of a file or nothing of it.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "api/csv.hpp"
#include "api/features.hpp"
#include "api/handlers.hpp"
#include "api/resource_query.hpp"
#include "api/writing.hpp"
#include "control/message.hpp"
#include "model/json.hpp"
#include "model/resources.hpp"
#include "store/edit.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;
using model::FieldInfo;
using model::Kind;

constexpr std::size_t import_lines_max = 1000;
constexpr std::size_t import_passwords_max = 100;  ///< Each takes 100 ms to hash.
constexpr std::int64_t export_rows_max = 10'000;
constexpr Duration file_patience = 30s;

std::unexpected<Problem> refused(Fault fault, std::string detail = {}, std::vector<model::FieldFault> errors = {}) {
  return std::unexpected(Problem{.fault = fault, .detail = std::move(detail), .errors = std::move(errors)});
}

// ---- To a file

std::string cell_of(const json::value& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return std::string(value.get_string().data(), value.get_string().size());
  if (!value.is_array() || !std::ranges::all_of(value.get_array(), &json::value::is_string)) return model::write_json(value);
  std::string words;
  for (const json::value& word : value.get_array()) words += fmt::format("{}{}", words.empty() ? "" : " ", cell_of(word));
  return words;
}

std::vector<const FieldInfo*> columns_of(const model::Resource& resource, model::Role role) {
  std::vector<const FieldInfo*> columns;
  for (const FieldInfo& field : resource.fields)
    if (is_visible(field, resource, role)) columns.push_back(&field);
  return columns;
}

std::string table_of(const model::Resource& resource, const std::vector<model::Object>& objects, model::Role role) {
  const auto columns = columns_of(resource, role);
  std::vector<std::string> cells;
  for (const FieldInfo* field : columns) cells.push_back(json_name(*field));
  std::string out;
  write_csv(out, cells);
  for (const model::Object& object : objects) {
    const json::object shown = control::write_fields(resource, object.get());
    cells.clear();
    for (const FieldInfo* field : columns) cells.push_back(cell_of(shown.at(json_name(*field))));
    write_csv(out, cells);
  }
  return out;
}

// ---- From a file

/// The field of each column; null where nothing is taken from it.
using Columns = std::vector<const FieldInfo*>;

struct Settings {
  bool is_dry = false;
  std::map<std::string, std::string> fields;  ///< By column: the field's JSON name, or empty for none.
};

std::expected<Settings, Problem> read_settings(const net::HttpFields& query) {
  Settings settings;
  std::vector<model::FieldFault> faults;
  for (const auto& [name, value] : query) {
    const bool is_map = name.starts_with("map[") && name.ends_with("]");
    if (name == "dryRun" && (value == "true" || value == "false"))
      settings.is_dry = value == "true";
    else if (is_map)
      settings.fields[name.substr(4, name.size() - 5)] = value;
    else
      faults.push_back({name, name == "dryRun" ? "Write true or false." : "There is no such parameter."});
  }
  if (!faults.empty()) return refused(Fault::bad_request, "Some parameters are wrong.", std::move(faults));
  return settings;
}

std::expected<Columns, Problem> match_columns(const CsvLine& header, const Settings& settings, const model::Resource& resource,
                                              model::Role role) {
  Columns columns;
  std::vector<model::FieldFault> faults;
  for (const std::string& cell : header.cells) {
    const auto said = settings.fields.find(cell);
    const std::string name = said == settings.fields.end() ? cell : said->second;
    const FieldInfo* field = name.empty() ? nullptr : resource.find_json(name);
    if (field == nullptr && !name.empty())
      faults.push_back({cell, "There is no such field: say map[COLUMN]=FIELD, or map[COLUMN]= to leave it out."});
    if (field != nullptr && !may_write(*field, resource, role, true)) field = nullptr;  // An export has it, and comes back in.
    const bool is_twice = field != nullptr && (std::ranges::find(columns, field) != columns.end());
    if (is_twice) faults.push_back({cell, "is there twice"});
    columns.push_back(field);
  }
  if (!faults.empty()) return refused(Fault::invalid, "Some columns are wrong.", std::move(faults));
  return columns;
}

/// A cell as the JSON that it stands for; what does not fit stays a text, and the declaration says what is wrong with it.
json::value value_of(const FieldInfo& field, std::string_view cell) {
  switch (field.kind) {
    case Kind::boolean:
      if (cell == "true" || cell == "1") return true;
      if (cell == "false" || cell == "0") return false;
      break;
    case Kind::integer:
    case Kind::duration:
    case Kind::json: {
      boost::system::error_code error;
      json::value parsed = json::parse(cell, error);
      if (!error) return parsed;
      break;
    }
    case Kind::set: {
      json::array names;
      for (std::size_t at = 0; at < cell.size();) {
        const std::size_t end = std::min(cell.find(' ', at), cell.size());
        if (end > at) names.emplace_back(cell.substr(at, end - at));
        at = end + 1;
      }
      return names;
    }
    default:
      break;
  }
  return json::string(cell);
}

/// An id, or what people call the object: then the id of the only one in the scope that is called so.
Result<std::string> id_of(store::Edit& edit, const FieldInfo& field, std::string_view cell) {
  const model::Resource* referred = model::find_resource(field.references == "targets" ? "users" : field.references);
  if (referred == nullptr) return std::string(cell);
  const auto title = std::ranges::find_if(referred->fields, [](const FieldInfo& one) { return one.title; });
  if (title == referred->fields.end()) return std::string(cell);
  store::Query called{.limit = 2};
  called.filters.push_back({std::string(title->name), std::string(cell)});
  std::vector<model::Object> found;
  CARILLON_CHECK(select(edit.database(), edit.scope(), *referred, called, [&] { return found.emplace_back(*referred).get(); }));
  if (found.size() != 1) return std::string(cell);
  return to_base32(model::member<std::int64_t>(found.front().get(), referred->fields.front()));
}

/// One line of the file as a wish. A cell that is empty says nothing.
Result<Wish> wish_of(store::Edit& edit, const model::Resource& resource, const Columns& columns, const CsvLine& line) {
  Wish wish{.resource = &resource, .members = {}, .password_hash = {}};
  for (std::size_t i = 0; i < std::min(columns.size(), line.cells.size()); ++i) {
    const std::string cell = without_guards(line.cells[i]);
    if (columns[i] == nullptr || cell.empty()) continue;
    const FieldInfo& field = *columns[i];
    json::value value = value_of(field, cell);
    if (field.kind == Kind::id && !field.references.empty()) {
      CARILLON_TRY(id, id_of(edit, field, cell));
      value = json::string(id);
    }
    wish.members[json_name(field)] = std::move(value);
  }
  return wish;
}

/// What became of a file.
struct Imported {
  std::int64_t lines = 0;
  json::array errors;   ///< Of each line at fault: which, and what.
  json::array created;  ///< Ids, and what is shown this once.
};

void note_line(Imported& imported, const CsvLine& line, Written& written) {
  json::array faults;
  for (const model::FieldFault& fault : written.faults) faults.push_back({{"field", fault.field}, {"message", fault.message}});
  if (!faults.empty()) imported.errors.push_back({{"line", line.line}, {"errors", std::move(faults)}});
  if (!written.object) return;
  json::object made{
      {"line", line.line},
      {"id", to_base32(model::member<std::int64_t>(written.object->get(), written.object->resource().fields.front()))}};
  for (auto& [name, value] : written.shown) made[name] = value;
  imported.created.push_back(std::move(made));
}

/// A file on its way, with the hashes of its passwords by line.
struct File {
  const model::Resource* resource = nullptr;
  Caller caller;
  Columns columns;
  std::vector<CsvLine> lines;
  std::map<std::int64_t, Secret> hashes;
  bool is_dry = false;
};

Result<Imported> import_file(store::Database& database, const File& file, Instant now) {
  CARILLON_TRY(edit, store::Edit::begin(database, file.caller.scope, now, actor_of(file.caller)));
  Imported imported;
  for (const CsvLine& line : file.lines) {
    ++imported.lines;
    Written written;
    if (line.cells.size() > file.columns.size()) {
      written.faults.push_back({"", "has more cells than the first line"});
    } else {
      CARILLON_TRY(wish, wish_of(edit, *file.resource, file.columns, line));
      if (const auto hash = file.hashes.find(line.line); hash != file.hashes.end()) wish.password_hash = hash->second;
      if (file.is_dry) wish.password_hash = Secret("is never stored");
      CARILLON_TRY(made, create(edit, file.caller, wish));
      written = std::move(made);
    }
    if (file.caller.is_emulated()) written.shown.clear();
    note_line(imported, line, written);
  }
  if (imported.errors.empty() && !file.is_dry) CARILLON_CHECK(edit.commit());
  return imported;
}

Task<std::expected<void, Problem>> hash_passwords(Backend& backend, File& file) {
  const FieldInfo* password = file.resource->find("password");
  const bool keeps_hash = password != nullptr && file.resource->find("password_hash") != nullptr;
  const auto column = std::ranges::find(file.columns, password);
  if (!keeps_hash || column == file.columns.end() || file.is_dry) co_return std::expected<void, Problem>();
  const auto at = static_cast<std::size_t>(column - file.columns.begin());
  for (const CsvLine& line : file.lines) {
    if (line.cells.size() <= at || line.cells[at].empty()) continue;
    if (file.hashes.size() >= import_passwords_max) {
      co_return refused(
          Fault::too_large,
          fmt::format("A file may set {} passwords: split it, or let people choose theirs by a link.", import_passwords_max));
    }
    auto hash = co_await backend.logins.hash(Secret(without_guards(line.cells[at])));
    if (!hash) co_return std::unexpected(std::move(hash).error());
    file.hashes.emplace(line.line, *std::move(hash));
  }
  co_return std::expected<void, Problem>();
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
  const model::Resource& resource = *request.operation->item;
  if (!model::reaches(request.caller.role, resource.access.write)) co_return refused(Fault::forbidden);
  const auto enabled = co_await check_feature(backend, request.caller, model::Feature::data_transfer);
  if (!enabled) co_return std::unexpected(enabled.error());
  const auto settings = read_settings(request.http.query);
  if (!settings) co_return std::unexpected(settings.error());
  auto lines = read_csv(request.http.body, import_lines_max);
  if (!lines && lines.error().is(CsvFault::too_many_lines)) {
    co_return refused(Fault::too_large, fmt::format("A file may have {} lines: split it.", import_lines_max));
  }
  if (!lines || lines->empty()) {
    co_return refused(Fault::bad_request, lines ? "The first line names the columns." : "This is no CSV: " + lines.error().what);
  }
  auto columns = match_columns(lines->front(), *settings, resource, request.caller.role);
  if (!columns) co_return std::unexpected(std::move(columns).error());
  lines->erase(lines->begin());
  File file{.resource = &resource,
            .caller = request.caller,
            .columns = *std::move(columns),
            .lines = *std::move(lines),
            .hashes = {},
            .is_dry = settings->is_dry};
  if (auto hashed = co_await hash_passwords(backend, file); !hashed) co_return std::unexpected(std::move(hashed).error());
  auto work = [file = std::move(file), now = backend.loop.wall()](store::Database& database) {
    return import_file(database, file, now);
  };
  const auto imported = co_await backend.files.run(request.caller.scope, std::move(work), file_patience);
  if (!imported) co_return std::unexpected(problem_of(imported.error()));
  const bool is_done = imported->errors.empty() && !settings->is_dry;
  co_return json::object{{"lines", imported->lines},
                         {"created", is_done ? imported->created : json::array()},
                         {"errors", imported->errors},
                         {"dryRun", settings->is_dry}};
}

}  // namespace carillon::api

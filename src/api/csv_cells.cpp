// SPDX-License-Identifier: GPL-3.0-or-later
// Between cells and the members of objects.
#include "api/csv_cells.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "api/resource_query.hpp"
#include "control/message.hpp"
#include "model/json.hpp"
#include "model/resources.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;
using model::FieldInfo;
using model::Kind;

std::string cell_of(const json::value& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return std::string(value.get_string().data(), value.get_string().size());
  if (!value.is_array() || !std::ranges::all_of(value.get_array(), &json::value::is_string)) return model::write_json(value);
  std::string words;
  for (const json::value& word : value.get_array()) words += fmt::format("{}{}", words.empty() ? "" : " ", cell_of(word));
  return words;
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

/// Whether a field may refer to objects of that resource.
bool may_refer(const FieldInfo& field, const model::Resource& resource) {
  return field.references == "targets" ? !resource.target_kind.empty() : field.references == resource.table;
}

/// An id, or what people call the object: then the id of the only one in the scope that is called so.
Result<std::string> find_id(const Neighbours& neighbours, const FieldInfo& field, std::string_view cell) {
  std::vector<model::Object> found;
  for (const model::Resource* referred : model::resources()) {
    if (!may_refer(field, *referred)) continue;
    const auto title = std::ranges::find_if(referred->fields, [](const FieldInfo& one) { return one.title; });
    if (title == referred->fields.end()) continue;
    store::Query called{.limit = 2};
    called.filters.push_back({std::string(title->name), std::string(cell)});
    CARILLON_CHECK(
        select(neighbours.database, neighbours.scope, *referred, called, [&] { return found.emplace_back(*referred).get(); }));
  }
  if (found.size() != 1) return std::string(cell);
  const model::Object& one = found.front();
  return to_base32(model::member<std::int64_t>(one.get(), one.resource().fields.front()));
}

Result<std::string> id_of(const Neighbours& neighbours, const FieldInfo& field, std::string_view cell) {
  const auto known = neighbours.titles.find({&field, std::string(cell)});
  if (known != neighbours.titles.end()) return known->second;
  CARILLON_TRY(id, find_id(neighbours, field, cell));
  neighbours.titles.emplace(std::pair(&field, std::string(cell)), id);
  return std::move(id);
}

}  // namespace

Columns columns_of(const model::Resource& resource, model::Role role) {
  Columns columns;
  for (const FieldInfo& field : resource.fields)
    if (is_visible(field, resource, role)) columns.push_back(&field);
  return columns;
}

json::object members_of(const Columns& columns, const model::Object& object) {
  json::object all = control::write_fields(object.resource(), object.get());
  json::object members;
  for (const FieldInfo* field : columns) members[json_name(*field)] = std::move(all.at(json_name(*field)));
  return members;
}

void write_header(std::string& out, const Columns& columns) {
  std::vector<std::string> cells;
  for (const FieldInfo* field : columns) cells.push_back(json_name(*field));
  write_csv(out, cells);
}

void write_line(std::string& out, const Columns& columns, const model::Object& object) {
  const json::object shown = control::write_fields(object.resource(), object.get());
  std::vector<std::string> cells;
  for (const FieldInfo* field : columns) cells.push_back(cell_of(shown.at(json_name(*field))));
  write_csv(out, cells);
}

std::expected<Columns, Problem> match_columns(const CsvLine& header, const std::map<std::string, std::string>& names,
                                              const model::Resource& resource, model::Role role) {
  Columns columns;
  std::vector<model::FieldFault> faults;
  for (const std::string& cell : header.cells) {
    const auto said = names.find(cell);
    const std::string name = said == names.end() ? cell : said->second;
    const FieldInfo* field = name.empty() ? nullptr : resource.find_json(name);
    if (field == nullptr && !name.empty())
      faults.push_back({cell, "There is no such field: say map[COLUMN]=FIELD, or map[COLUMN]= to leave it out."});
    if (field != nullptr && !may_write(*field, resource, role, true)) field = nullptr;  // An export has it, and comes back in.
    const bool is_twice = field != nullptr && (std::ranges::find(columns, field) != columns.end());
    if (is_twice) faults.push_back({cell, "is there twice"});
    columns.push_back(field);
  }
  if (!faults.empty()) {
    return std::unexpected(Problem{.fault = Fault::invalid, .detail = "Some columns are wrong.", .errors = std::move(faults)});
  }
  return columns;
}

std::optional<std::size_t> password_column(const model::Resource& resource, const Columns& columns) {
  const FieldInfo* password = resource.find("password");
  const auto column = std::ranges::find(columns, password);
  const bool is_there = password != nullptr && resource.find("password_hash") != nullptr && column != columns.end();
  return is_there ? std::optional(static_cast<std::size_t>(column - columns.begin())) : std::nullopt;
}

bool has_cell(const CsvLine& line, std::size_t column) {
  return line.cells.size() > column && !line.cells[column].empty();
}

json::object faulty_line(std::int64_t line, const std::vector<model::FieldFault>& faults) {
  json::array errors;
  for (const model::FieldFault& fault : faults) errors.push_back({{"field", fault.field}, {"message", fault.message}});
  return {{"line", line}, {"errors", std::move(errors)}};
}

Result<Wish> wish_of(const Neighbours& neighbours, const model::Resource& resource, const Columns& columns, const CsvLine& line) {
  Wish wish{.resource = &resource, .members = {}, .password_hash = {}};
  for (std::size_t i = 0; i < std::min(columns.size(), line.cells.size()); ++i) {
    const std::string cell = without_guards(line.cells[i]);
    if (columns[i] == nullptr || cell.empty()) continue;
    const FieldInfo& field = *columns[i];
    json::value value = value_of(field, cell);
    if (field.kind == Kind::id && !field.references.empty()) {
      CARILLON_TRY(id, id_of(neighbours, field, cell));
      value = json::string(id);
    }
    wish.members[json_name(field)] = std::move(value);
  }
  return wish;
}

}  // namespace carillon::api

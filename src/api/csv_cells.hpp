// SPDX-License-Identifier: GPL-3.0-or-later
// Objects as lines of a table, and lines of a table as wishes for objects.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "api/csv.hpp"
#include "api/problem.hpp"
#include "api/writing.hpp"

namespace carillon::api {

/// The field of each column; null where nothing is taken from it.
using Columns = std::vector<const model::FieldInfo*>;

/// What a role sees of a resource.
Columns columns_of(const model::Resource& resource, model::Role role);
/// Those of an object as the API shows them.
boost::json::object members_of(const Columns& columns, const model::Object& object);
/// Appends the line that names the columns.
void write_header(std::string& out, const Columns& columns);
void write_line(std::string& out, const Columns& columns, const model::Object& object);

/// The fields that a file's first line names, `names` saying of which column it is another: by column the JSON name of a field,
/// or empty for none. `invalid` names every column at fault.
std::expected<Columns, Problem> match_columns(const CsvLine& header, const std::map<std::string, std::string>& names,
                                              const model::Resource& resource, model::Role role);

/// Which column has passwords, where the resource keeps them as hashes.
std::optional<std::size_t> password_column(const model::Resource& resource, const Columns& columns);
/// Whether a line says something there.
bool has_cell(const CsvLine& line, std::size_t column);

/// What is wrong with a line, as reports of imports say it; a fault without a field is the whole line's.
boost::json::object faulty_line(std::int64_t line, const std::vector<model::FieldFault>& faults);

/// What cells that name other objects were found to mean: by field and cell, so that each is looked up once.
using Titles = std::map<std::pair<const model::FieldInfo*, std::string>, std::string>;

/// Where they are looked up.
struct Neighbours {
  store::Database& database;
  const store::Scope& scope;
  Titles& titles;
};

/// One line of a file as a wish. A cell that is empty says nothing; what refers to another object says its id, or what people
/// call it.
Result<Wish> wish_of(const Neighbours& neighbours, const model::Resource& resource, const Columns& columns, const CsvLine& line);

}  // namespace carillon::api

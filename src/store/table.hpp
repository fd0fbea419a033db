// SPDX-License-Identifier: GPL-3.0-or-later
// Rows as declared objects. The tenant predicate is applied here and nowhere else: whoever reads or writes says for whom.
#pragma once

#include <functional>
#include <vector>

#include "model/field.hpp"
#include "store/database.hpp"

namespace carillon::store {

enum class Match {
  equal,  ///< Of a set: it has that choice.
  at_least,
  below,
  contains,  ///< Of a text, whatever the case of ASCII letters.
};

/// One condition. The value is text as the API shows it (base 32, RFC 3339, names of enumerations) and is converted by the
/// field's kind.
struct Filter {
  std::string field;  ///< C++ or JSON name.
  std::string value;
  Match match = Match::equal;
};

struct Query {
  std::vector<Filter> filters;
  std::string sort = "id";  ///< C++ or JSON name; ties are broken by id.
  bool descending = false;
  std::int64_t limit = 50;  ///< At most max_limit.
  std::int64_t offset = 0;
  std::string after;  ///< The cursor of the last row of the page before, for collections too large for offsets.
  static constexpr std::int64_t max_limit = 10'001;
};

/// Calls `row()` for each row to get the object to fill. With scope {} and no limit for code that reads everything (limit = 0).
Result<> select(Database& database, const Scope& scope, const model::Resource& resource, const Query& query,
                const std::function<void*()>& row);
Result<std::int64_t> count(Database& database, const Scope& scope, const model::Resource& resource,
                           const std::vector<Filter>& filters);
/// Whether a text, as the API shows values, is one of the field.
bool is_value(const model::FieldInfo& field, std::string_view shown);
/// What the database keeps of a field, as text: equal for equal contents.
std::string text_in(const model::FieldInfo& field, const void* object);
/// One object, or `not_found`, also when it belongs to somebody else.
Result<model::Object> load(Database& database, const Scope& scope, const model::Resource& resource, std::int64_t id);
/// An id made of `now` that no row of the table has.
Result<std::int64_t> fresh_id(Database& database, const model::Resource& resource, Instant now);
/// The cursor that continues a list behind this object.
std::string cursor_of(const model::Resource& resource, const Query& query, const void* object);

/// INSERT of all fields of an object, prepared once and run for many. For records that jobs write and for bulk loads;
/// configuration goes through Edit. `or_ignore`: a row with that key may exist already.
class Inserter {
 public:
  static Result<Inserter> prepare(Database& database, const model::Resource& resource, bool or_ignore = false);
  Result<> insert_row(const void* object);
  template <class T>
  Result<> insert(const T& object) {
    return insert_row(&object);
  }

 private:
  Inserter(const model::Resource& resource, std::unique_ptr<Statement> statement)
      : resource_(&resource), statement_(std::move(statement)) {}
  const model::Resource* resource_;
  std::unique_ptr<Statement> statement_;
};

/// The thin accessors.
template <class T>
Result<std::vector<T>> list(Database& database, const Scope& scope, const Query& query) {
  std::vector<T> rows;
  CARILLON_CHECK(select(database, scope, model::resource_of<T>, query, [&] { return &rows.emplace_back(); }));
  return rows;
}

template <class T>
Result<std::vector<T>> list_all(Database& database, const Scope& scope) {
  Query everything;
  everything.limit = 0;
  return list<T>(database, scope, everything);
}

/// `id` in the form the API shows. `not_found` also when it belongs to somebody else.
template <class T>
Result<T> find(Database& database, const Scope& scope, std::string_view id) {
  Query one;
  one.filters.push_back({"id", std::string(id)});
  CARILLON_TRY(rows, list<T>(database, scope, one));
  if (rows.empty()) return failure(Fault::not_found);
  return std::move(rows.front());
}

template <class T>
Result<T> find(Database& database, const Scope& scope, Id<T> id) {
  return find<T>(database, scope, to_base32(id.value));
}

}  // namespace carillon::store

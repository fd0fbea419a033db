// SPDX-License-Identifier: GPL-3.0-or-later
// SQL made from declarations, and the tenant predicate.
#include "store/table.hpp"

#include "base/assert.hpp"
#include "store/row.hpp"

namespace carillon::store {
namespace {

using model::FieldInfo;
using model::Resource;

/// A WHERE clause with what to bind to it, in order.
struct Where {
  std::string sql;
  std::vector<Value> values;

  void add(std::string_view condition) {
    sql += sql.empty() ? " WHERE " : " AND ";
    sql += condition;
  }
  void bind(Statement& statement) const {
    int parameter = 1;
    for (const Value& value : values) value.bind(statement, parameter++);
  }
};

std::unexpected<Error> bad_query(std::string_view what, std::string_view field) {
  return failure(Fault::bad_query, fmt::format("{}: {}", what, field));
}

Result<const FieldInfo*> field_named(const Resource& resource, std::string_view name) {
  const FieldInfo* field = resource.find(name);
  if (field == nullptr) field = resource.find_json(name);
  if (field == nullptr || field->kind == model::Kind::secret || field->transient) return bad_query("No such field", name);
  return field;
}

/// The SQL of a comparison with one parameter.
std::string comparison(const FieldInfo& field, Match match) {
  const std::string column = quoted(field);
  switch (match) {
    case Match::equal:
      if (field.kind == model::Kind::set) return fmt::format("' ' || {} || ' ' LIKE ? ESCAPE '!'", column);
      return column + " = ?";
    case Match::at_least:
      return column + " >= ?";
    case Match::below:
      return column + " < ?";
    case Match::contains:
      return fmt::format("lower({}) LIKE lower(?) ESCAPE '!'", column);
  }
  return {};
}

/// A text as the pattern that finds it anywhere.
std::string pattern_of(std::string_view text, std::string_view around) {
  std::string pattern = fmt::format("%{}", around);
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + std::string(around) + '%';
}

Result<> add_filters(Where& where, const Resource& resource, const std::vector<Filter>& filters) {
  for (const Filter& filter : filters) {
    CARILLON_TRY(field, field_named(resource, filter.field));
    const bool is_text = field->kind == model::Kind::text;
    if (filter.match == Match::contains && !is_text) return bad_query("Only texts contain something", filter.field);
    auto value = Value::parse_shown(*field, filter.value);
    if (!value) return bad_query("Not a value of this field", filter.field);
    const bool is_pattern = filter.match == Match::contains || field->kind == model::Kind::set;
    if (is_pattern) value = Value::pattern(pattern_of(value->text(), field->kind == model::Kind::set ? " " : ""));
    where.add(comparison(*field, filter.match));
    where.values.push_back(std::move(*value));
  }
  return {};
}

/// The rows behind a cursor: "<sort value>~<id>".
Result<> add_cursor(Where& where, const Resource& resource, const FieldInfo& sort, const Query& query) {
  const std::size_t split = query.after.rfind('~');
  if (split == std::string::npos) return bad_query("Not a cursor", "after");
  const FieldInfo& key = resource.fields.front();
  auto value = Value::parse(sort, std::string_view(query.after).substr(0, split));
  auto id = Value::parse(key, std::string_view(query.after).substr(split + 1));
  if (!value || !id) return bad_query("Not a cursor", "after");
  where.add(fmt::format("({}, {}) {} (?, ?)", quoted(sort), quoted(key), query.descending ? "<" : ">"));
  where.values.push_back(std::move(*value));
  where.values.push_back(std::move(*id));
  return {};
}

Result<bool> exists(Database& database, const Resource& resource, std::int64_t id) {
  CARILLON_TRY(statement, database.prepare(fmt::format("SELECT 1 FROM {} WHERE id = ?", resource.table)));
  statement->bind(1, id);
  return statement->step();
}

}  // namespace

std::string quoted(const FieldInfo& field) {
  return '"' + column_name(field) + '"';
}

std::string column_list(const Resource& resource) {
  std::string list;
  for (const FieldInfo& field : resource.fields) {
    if (field.transient) continue;
    if (!list.empty()) list += ", ";
    list += quoted(field);
  }
  return list;
}

std::string readable(const Resource& resource, const Scope& scope) {
  if (resource.access.is_shared) return {};
  std::string own = changeable(resource, scope);
  if (!resource.access.is_lent || !scope.customer || scope.user) return own;
  // The customers of a brand read what it has for all of them.
  return fmt::format("({} OR (brand = {} AND customer IS NULL))", own, scope.brand.value);
}

std::string changeable(const Resource& resource, const Scope& scope) {
  std::string predicate;
  const auto add = [&](model::Tenant level, std::int64_t id) {
    if (id == 0) return;
    std::string any;
    for (const FieldInfo& field : resource.fields)
      if (field.tenant == level) any += fmt::format("{}{} = {}", any.empty() ? "" : " OR ", quoted(field), id);
    // What has no such column (a brand, asked for by a customer) is above the caller and not the caller's.
    predicate += fmt::format("{}({})", predicate.empty() ? "" : " AND ", any.empty() ? "1 = 0" : any);
  };
  add(model::Tenant::brand, scope.brand.value);
  add(model::Tenant::customer, scope.customer.value);
  add(model::Tenant::user, scope.user.value);
  return predicate;
}

Result<> select(Database& database, const Scope& scope, const Resource& resource, const Query& query,
                const std::function<void*()>& row) {
  CARILLON_TRY(sort, field_named(resource, query.sort));
  Where where;
  if (const std::string tenant = readable(resource, scope); !tenant.empty()) where.add(tenant);
  CARILLON_CHECK(add_filters(where, resource, query.filters));
  if (!query.after.empty()) CARILLON_CHECK(add_cursor(where, resource, *sort, query));

  const std::string_view direction = query.descending ? " DESC" : "";
  const FieldInfo& key = resource.fields.front();
  std::string order = quoted(*sort) + std::string(direction);
  if (sort != &key) order += fmt::format(", {}{}", quoted(key), direction);
  std::string sql = fmt::format("SELECT {} FROM {}{} ORDER BY {}", column_list(resource), resource.table, where.sql, order);
  if (query.limit > 0)
    sql += fmt::format(" LIMIT {} OFFSET {}", std::min(query.limit, Query::max_limit), std::max<std::int64_t>(query.offset, 0));

  CARILLON_TRY(statement, database.prepare(sql));
  where.bind(*statement);
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) return {};
    CARILLON_CHECK(read_row(*statement, resource, row()));
  }
}

Result<std::int64_t> count(Database& database, const Scope& scope, const Resource& resource, const std::vector<Filter>& filters) {
  Where where;
  if (const std::string tenant = readable(resource, scope); !tenant.empty()) where.add(tenant);
  CARILLON_CHECK(add_filters(where, resource, filters));
  CARILLON_TRY(statement, database.prepare(fmt::format("SELECT count(*) FROM {}{}", resource.table, where.sql)));
  where.bind(*statement);
  CARILLON_CHECK(statement->step());
  return statement->integer(0);
}

bool is_value(const FieldInfo& field, std::string_view shown) {
  return Value::parse_shown(field, shown).has_value();
}

std::string text_in(const FieldInfo& field, const void* object) {
  return Value::of(field, object).text();
}

Result<model::Object> load(Database& database, const Scope& scope, const Resource& resource, std::int64_t id) {
  model::Object object(resource);
  bool is_found = false;
  Query one;
  one.filters.push_back({"id", to_base32(id)});
  CARILLON_CHECK(select(database, scope, resource, one, [&] {
    is_found = true;
    return object.get();
  }));
  if (!is_found) return failure(Fault::not_found);
  return object;
}

Result<std::int64_t> fresh_id(Database& database, const Resource& resource, Instant now) {
  while (true) {
    const std::int64_t id = make_entity_id(now);
    CARILLON_TRY(taken, exists(database, resource, id));
    if (!taken) return id;
  }
}

std::string cursor_of(const Resource& resource, const Query& query, const void* object) {
  const auto sort = field_named(resource, query.sort);
  CARILLON_ASSERT(sort.has_value());
  return Value::of(**sort, object).text() + '~' + Value::of(resource.fields.front(), object).text();
}

Result<Inserter> Inserter::prepare(Database& database, const Resource& resource, bool or_ignore) {
  std::string marks;
  for (const FieldInfo& field : resource.fields)
    if (!field.transient) marks += marks.empty() ? "?" : ", ?";
  CARILLON_TRY(statement, database.prepare(fmt::format("INSERT INTO {} ({}) VALUES ({}){}", resource.table, column_list(resource),
                                                       marks, or_ignore ? " ON CONFLICT DO NOTHING" : "")));
  return Inserter(resource, std::move(statement));
}

Result<> Inserter::insert_row(const void* object) {
  statement_->reset();
  int parameter = 1;
  for (const FieldInfo& field : resource_->fields)
    if (!field.transient) Value::of(field, object).bind(*statement_, parameter++);
  return statement_->run();
}

}  // namespace carillon::store

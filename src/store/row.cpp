// SPDX-License-Identifier: GPL-3.0-or-later
// How each kind of field lies in the database.
#include "store/row.hpp"

#include <charconv>

namespace carillon::store {
namespace {

using model::FieldInfo;
using model::Kind;
using model::member;

std::optional<std::int64_t> integer_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The position of a name among the choices, or none.
std::optional<std::uint8_t> choice_named(const FieldInfo& field, std::string_view name) {
  const auto found = std::ranges::find(field.choices, name);
  if (found == field.choices.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - field.choices.begin());
}

std::string names_of(const FieldInfo& field, std::uint64_t bits) {
  std::string names;
  for (std::size_t i = 0; i < field.choices.size(); ++i) {
    if ((bits >> i & 1) == 0) continue;
    if (!names.empty()) names += ' ';
    names += field.choices[i];
  }
  return names;
}

/// Names that this release does not know, of a newer one, are passed over.
std::uint64_t bits_of(const FieldInfo& field, std::string_view names) {
  std::uint64_t bits = 0;
  while (!names.empty()) {
    const std::size_t space = std::min(names.find(' '), names.size());
    if (const auto choice = choice_named(field, names.substr(0, space))) bits |= std::uint64_t{1} << *choice;
    names.remove_prefix(std::min(space + 1, names.size()));
  }
  return bits;
}

Result<> read_field(const Statement& statement, int column, const FieldInfo& field, void* object) {
  switch (field.kind) {
    case Kind::id:
      member<std::int64_t>(object, field) = statement.integer(column);
      return {};
    case Kind::text:
      member<model::Text>(object, field) = statement.text(column);
      return {};
    case Kind::secret:
      member<Secret>(object, field) = Secret(std::string(statement.text(column)));
      return {};
    case Kind::json:
      member<model::Json>(object, field).text = statement.text(column);
      return {};
    case Kind::integer:
      member<model::Integer>(object, field) = statement.integer(column);
      return {};
    case Kind::boolean:
      member<bool>(object, field) = statement.integer(column) != 0;
      return {};
    case Kind::instant:
      member<Instant>(object, field) = Instant(Duration(statement.integer(column)));
      return {};
    case Kind::set:
      member<std::uint64_t>(object, field) = bits_of(field, statement.text(column));
      return {};
    case Kind::duration:
      member<model::Milliseconds>(object, field) = model::Milliseconds(statement.integer(column));
      return {};
    case Kind::money:
      member<Money>(object, field) = Money{statement.integer(column)};
      return {};
    case Kind::call:
      if (statement.is_null(column))
        member<CallId>(object, field) = {};
      else if (const auto id = call_id_from_hex(statement.text(column)))
        member<CallId>(object, field) = *id;
      else
        break;
      return {};
    case Kind::enumeration:
      if (const auto choice = choice_named(field, statement.text(column)))
        member<std::uint8_t>(object, field) = *choice;
      else
        break;
      return {};
  }
  return failure(Fault::corrupt, fmt::format("Column {} holds \"{}\".", field.name, statement.text(column)));
}

}  // namespace

Value Value::id(std::int64_t id) {
  return id == 0 ? Value(Content()) : Value(Content(id));
}

Value Value::of(const FieldInfo& field, const void* object) {
  switch (field.kind) {
    case Kind::id:
      return id(member<std::int64_t>(object, field));
    case Kind::text:
      return Value(Content(member<model::Text>(object, field)));
    case Kind::secret:
      return Value(Content(member<Secret>(object, field).reveal()));
    case Kind::json:
      return Value(Content(member<model::Json>(object, field).text));
    case Kind::integer:
      return Value(Content(member<model::Integer>(object, field)));
    case Kind::boolean:
      return Value(Content(std::int64_t{member<bool>(object, field)}));
    case Kind::enumeration:
      return Value(Content(std::string(field.choices[member<std::uint8_t>(object, field)])));
    case Kind::set:
      return Value(Content(names_of(field, member<std::uint64_t>(object, field))));
    case Kind::instant:
      return id(member<Instant>(object, field).time_since_epoch().count());
    case Kind::duration:
      return Value(Content(std::int64_t{member<model::Milliseconds>(object, field).count()}));
    case Kind::money:
      return Value(Content(member<Money>(object, field).millionths));
    case Kind::call: {
      const auto call = member<CallId>(object, field);
      return call == CallId{} ? Value(Content()) : Value(Content(to_hex(call)));
    }
  }
  return Value(Content());
}

std::optional<Value> Value::parse_shown(const FieldInfo& field, std::string_view shown) {
  std::optional<std::int64_t> integer;
  switch (field.kind) {
    case Kind::secret:
      return std::nullopt;
    case Kind::enumeration:
      if (!choice_named(field, shown)) return std::nullopt;
      return parse(field, shown);
    case Kind::call:
      if (!call_id_from_hex(shown)) return std::nullopt;
      return parse(field, shown);
    case Kind::set:
      if (shown.contains(' ') || !choice_named(field, shown)) return std::nullopt;
      return parse(field, shown);
    case Kind::text:
    case Kind::json:
    case Kind::integer:
    case Kind::duration:
      return parse(field, shown);
    case Kind::id:
      integer = from_base32(shown);
      break;
    case Kind::boolean:
      if (shown == "true" || shown == "false") integer = shown == "true" ? 1 : 0;
      break;
    case Kind::instant:
      if (const auto instant = parse_rfc3339(shown)) integer = instant->time_since_epoch().count();
      break;
    case Kind::money:
      if (const auto amount = parse_money(shown)) integer = amount->millionths;
      break;
  }
  if (!integer) return std::nullopt;
  return Value(Content(*integer));
}

std::optional<Value> Value::parse(const FieldInfo& field, std::string_view text) {
  switch (field.kind) {
    case Kind::text:
    case Kind::secret:
    case Kind::json:
    case Kind::enumeration:
    case Kind::set:
    case Kind::call:
      return Value(Content(std::string(text)));
    default:
      break;
  }
  const auto integer = integer_in(text);
  if (!integer) return std::nullopt;
  return Value(Content(*integer));
}

std::string Value::text() const {
  if (const auto* integer = std::get_if<std::int64_t>(&content_)) return std::to_string(*integer);
  if (const auto* text = std::get_if<std::string>(&content_)) return *text;
  return {};
}

void Value::bind(Statement& statement, int parameter) const {
  if (const auto* integer = std::get_if<std::int64_t>(&content_))
    statement.bind(parameter, *integer);
  else if (const auto* text = std::get_if<std::string>(&content_))
    statement.bind(parameter, *text);
  else
    statement.bind_null(parameter);
}

Result<> read_row(const Statement& statement, const model::Resource& resource, void* object) {
  int column = 0;
  for (const FieldInfo& field : resource.fields)
    if (!field.transient) CARILLON_CHECK(read_field(statement, column++, field, object));
  return {};
}

}  // namespace carillon::store

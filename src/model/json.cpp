// SPDX-License-Identifier: GPL-3.0-or-later
// Objects as JSON values and back, and JSON values as text.
#include "model/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>

namespace carillon::model {
namespace {

namespace json = boost::json;

/// A value kept as text; null when it is empty or (never, unless somebody wrote past us) not JSON.
json::value parsed(const std::string& text) {
  boost::system::error_code error;
  json::value value = text.empty() ? json::value() : json::parse(text, error);
  return error ? json::value() : value;
}

json::value value_of(const FieldInfo& field, const void* object) {
  switch (field.kind) {
    case Kind::id: {
      const auto id = member<std::int64_t>(object, field);
      return id == 0 ? json::value() : json::value(to_base32(id));
    }
    case Kind::call: {
      const auto id = member<CallId>(object, field);
      return id == CallId{} ? json::value() : json::value(to_hex(id));
    }
    case Kind::text:
      return json::value(member<Text>(object, field));
    case Kind::secret:
      return {};
    case Kind::json:
      return parsed(member<Json>(object, field).text);
    case Kind::integer: {
      const auto number = member<Integer>(object, field);
      return number == 0 && !field.inherits.empty() ? json::value() : json::value(number);
    }
    case Kind::boolean:
      return json::value(member<bool>(object, field));
    case Kind::enumeration: {
      const std::string_view name = field.choices[member<std::uint8_t>(object, field)];
      return name.empty() ? json::value() : json::value(name);
    }
    case Kind::set: {
      json::array names;
      const auto bits = member<std::uint64_t>(object, field);
      for (std::size_t i = 0; i < field.choices.size(); ++i)
        if ((bits >> i & 1) != 0) names.emplace_back(field.choices[i]);
      return names;
    }
    case Kind::instant: {
      const auto instant = member<Instant>(object, field);
      return instant == Instant{} ? json::value() : json::value(to_rfc3339(instant));
    }
    case Kind::duration:
      return json::value(static_cast<double>(member<Milliseconds>(object, field).count()) / 1000.0);
    case Kind::money:
      return json::value(to_decimal(member<Money>(object, field)));
  }
  return {};
}

std::optional<std::string_view> text_of(const json::value& value) {
  if (!value.is_string()) return std::nullopt;
  return std::string_view(value.get_string().data(), value.get_string().size());
}

std::string read_text(const FieldInfo& field, const json::value& value, void* object) {
  const auto text = text_of(value);
  if (!text && !value.is_null()) return "must be a text";
  if (field.kind == Kind::secret)
    member<Secret>(object, field) = Secret(std::string(text.value_or("")));
  else
    member<std::string>(object, field) = text.value_or("");
  return "";
}

/// Numbers arrive as the peer's library likes to write them: 20 and 20.0 are the same.
std::string read_integer(const FieldInfo& field, const json::value& value, void* object) {
  if (value.is_null() && !field.inherits.empty()) {
    member<std::int64_t>(object, field) = 0;
    return "";
  }
  boost::system::error_code error;
  const auto number = value.to_number<std::int64_t>(error);
  if (error) return "must be a whole number";
  if (field.min != 0 && number < field.min) return fmt::format("must be at least {}", field.min);
  if (field.max != 0 && number > field.max) return fmt::format("must be at most {}", field.max);
  member<std::int64_t>(object, field) = number;
  return "";
}

std::string choices_text(const FieldInfo& field) {
  std::string names;
  for (const std::string_view name : field.choices)
    if (!name.empty()) names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  return names;
}

std::optional<std::uint8_t> choice_of(const FieldInfo& field, const json::value& value) {
  const auto text = text_of(value);
  const auto found = text ? std::ranges::find(field.choices, *text) : field.choices.end();
  if (found == field.choices.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - field.choices.begin());
}

std::string read_enumeration(const FieldInfo& field, const json::value& value, void* object) {
  const bool has_none = !field.choices.empty() && field.choices.front().empty();
  if (value.is_null() && !has_none) return "";
  const auto choice = value.is_null() ? std::optional<std::uint8_t>(0) : choice_of(field, value);
  if (!choice) return "must be one of: " + choices_text(field);
  member<std::uint8_t>(object, field) = *choice;
  return "";
}

std::string read_set(const FieldInfo& field, const json::value& value, void* object) {
  std::uint64_t bits = 0;
  if (!value.is_array()) return "must be a list";
  for (const json::value& element : value.get_array()) {
    const auto choice = choice_of(field, element);
    if (!choice) return "must be some of: " + choices_text(field);
    bits |= std::uint64_t{1} << *choice;
  }
  member<std::uint64_t>(object, field) = bits;
  return "";
}

std::string read_instant(const FieldInfo& field, const json::value& value, void* object) {
  if (value.is_null()) {
    member<Instant>(object, field) = Instant{};
    return "";
  }
  const auto text = text_of(value);
  const auto instant = text ? parse_rfc3339(*text).value_or(Instant{}) : Instant{};
  if (instant == Instant{}) return "must be a time like 2026-11-21T10:00:00Z";
  member<Instant>(object, field) = instant;
  return "";
}

std::string read_id(const FieldInfo& field, const json::value& value, void* object) {
  const auto text = text_of(value);
  if (!text && !value.is_null()) return "must be an id";
  if (field.kind == Kind::call) {
    const auto id = text ? call_id_from_hex(*text) : CallId{};
    if (id) member<CallId>(object, field) = *id;
    return id ? "" : "must be an id";
  }
  const auto id = text && !text->empty() ? from_base32(*text) : 0;
  if (id) member<std::int64_t>(object, field) = *id;
  return id ? "" : "must be an id";
}

std::string read_duration(const FieldInfo& field, const json::value& value, void* object) {
  constexpr double seconds_max = 1e9;
  const double seconds = value.is_number() ? value.to_number<double>() : -1;
  if (!(seconds >= 0 && seconds <= seconds_max)) return "must be a number of seconds";
  member<Milliseconds>(object, field) = Milliseconds(std::llround(seconds * 1000));
  return "";
}

/// Numbers are no amounts: they are not exact.
std::string read_money(const FieldInfo& field, const json::value& value, void* object) {
  const auto text = text_of(value);
  const auto amount = text ? parse_money(*text) : Result<Money>(failure(MoneyFault::malformed));
  if (!amount) return "must be an amount like \"0.15\", with at most six decimals";
  member<Money>(object, field) = *amount;
  return "";
}

void write(const json::value& value, std::string& out);

void write_list(const json::array& array, std::string& out) {
  out += '[';
  for (const json::value& element : array) {
    if (&element != array.begin()) out += ',';
    write(element, out);
  }
  out += ']';
}

void write_members(const json::object& object, std::string& out) {
  out += '{';
  for (const auto& member : object) {
    if (&member != object.begin()) out += ',';
    out += json::serialize(member.key());
    out += ':';
    write(member.value(), out);
  }
  out += '}';
}

void write(const json::value& value, std::string& out) {
  if (value.is_object())
    write_members(value.get_object(), out);
  else if (value.is_array())
    write_list(value.get_array(), out);
  else if (value.is_double())
    fmt::format_to(std::back_inserter(out), "{}", value.get_double());
  else
    out += json::serialize(value);
}

}  // namespace

json::object to_json(const Resource& resource, const void* object) {
  json::object result;
  for (const FieldInfo& field : resource.fields) {
    if (field.kind != Kind::secret && !field.hidden && !field.transient)
      result.emplace(json_name(field), value_of(field, object));
  }
  return result;
}

std::string read_json(const FieldInfo& field, const json::value& value, void* object) {
  switch (field.kind) {
    case Kind::id:
    case Kind::call:
      return read_id(field, value, object);
    case Kind::text:
    case Kind::secret:
      return read_text(field, value, object);
    case Kind::json:
      member<Json>(object, field).text = write_json(value);
      return "";
    case Kind::integer:
      return read_integer(field, value, object);
    case Kind::boolean:
      if (!value.is_bool()) return "must be true or false";
      member<bool>(object, field) = value.get_bool();
      return "";
    case Kind::enumeration:
      return read_enumeration(field, value, object);
    case Kind::set:
      return read_set(field, value, object);
    case Kind::instant:
      return read_instant(field, value, object);
    case Kind::duration:
      return read_duration(field, value, object);
    case Kind::money:
      return read_money(field, value, object);
  }
  return "has no kind";
}

std::string write_json(const json::value& value) {
  std::string out;
  write(value, out);
  return out;
}

}  // namespace carillon::model

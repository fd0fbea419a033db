// SPDX-License-Identifier: GPL-3.0-or-later
// Objects as JSON values, and JSON values as text.
#include "model/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

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
    case Kind::integer:
      return json::value(member<Integer>(object, field));
    case Kind::boolean:
      return json::value(member<bool>(object, field));
    case Kind::enumeration: {
      const std::string_view name = field.choices[member<std::uint8_t>(object, field)];
      return name.empty() ? json::value() : json::value(name);
    }
    case Kind::instant: {
      const auto instant = member<Instant>(object, field);
      return instant == Instant{} ? json::value() : json::value(to_rfc3339(instant));
    }
    case Kind::duration:
      return json::value(static_cast<double>(member<Milliseconds>(object, field).count()) / 1000.0);
  }
  return {};
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
    if (field.kind != Kind::secret && !field.hidden) result.emplace(json_name(field), value_of(field, object));
  }
  return result;
}

std::string write_json(const json::value& value) {
  std::string out;
  write(value, out);
  return out;
}

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// Declared objects to JSON and back: what a peer sends is checked field by field, since it may be another release.
#include <algorithm>
#include <cmath>

#include <boost/json/value.hpp>

#include "base/utf8.hpp"
#include "control/message.hpp"
#include "model/json.hpp"

namespace carillon::control {

namespace {

namespace json = boost::json;
using model::FieldInfo;
using model::Kind;
using model::member;

/// Texts from the network may hold any bytes; JSON may not.
void make_utf8(json::string& text) {
  std::string sound;
  const std::string_view all(text.data(), text.size());
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t length = utf8_length(all.substr(at));
    if (length == 0 && sound.empty()) sound.assign(all.substr(0, at));
    if (length == 0)
      sound += '?';
    else if (!sound.empty())
      sound.append(all.substr(at, length));
    at += std::max<std::size_t>(length, 1);
  }
  if (!sound.empty()) text = sound;
}

std::optional<std::string_view> text_of(const json::value& value) {
  if (!value.is_string()) return std::nullopt;
  return std::string_view(value.get_string().data(), value.get_string().size());
}

bool read_integer(const FieldInfo& field, const json::value& value, void* object) {
  if (!value.is_int64()) return false;
  const std::int64_t number = value.get_int64();
  if ((field.min != 0 && number < field.min) || (field.max != 0 && number > field.max)) return false;
  member<std::int64_t>(object, field) = number;
  return true;
}

bool read_enumeration(const FieldInfo& field, const json::value& value, void* object) {
  const auto text = text_of(value);
  const auto found = text ? std::ranges::find(field.choices, *text) : field.choices.end();
  if (found == field.choices.end()) return false;
  member<std::uint8_t>(object, field) = static_cast<std::uint8_t>(found - field.choices.begin());
  return true;
}

bool read_instant(const FieldInfo& field, const json::value& value, void* object) {
  const auto text = text_of(value);
  const auto instant = text ? parse_rfc3339(*text) : Result<Instant>(failure(Fault::bad_params));
  if (!instant) return false;
  member<Instant>(object, field) = *instant;
  return true;
}

bool read_id(const FieldInfo& field, const json::value& value, void* object) {
  const auto text = text_of(value);
  if (!text) return false;
  if (field.kind == Kind::call) {
    const auto id = call_id_from_hex(*text);
    if (id) member<CallId>(object, field) = *id;
    return id.has_value();
  }
  const auto id = from_base32(*text);
  if (id) member<std::int64_t>(object, field) = *id;
  return id.has_value();
}

bool read_duration(const FieldInfo& field, const json::value& value, void* object) {
  constexpr double seconds_max = 1e9;
  if (!value.is_number()) return false;
  const double seconds = value.to_number<double>();
  if (!(seconds >= 0 && seconds <= seconds_max)) return false;
  member<std::chrono::milliseconds>(object, field) = std::chrono::milliseconds(std::llround(seconds * 1000));
  return true;
}

bool read_field(const FieldInfo& field, const json::value& value, void* object) {
  if (value.is_null())
    return field.kind == Kind::id || field.kind == Kind::call || field.kind == Kind::instant || field.kind == Kind::enumeration;
  switch (field.kind) {
    case Kind::id:
    case Kind::call:
      return read_id(field, value, object);
    case Kind::text: {
      const auto text = text_of(value);
      if (text) member<std::string>(object, field) = *text;
      return text.has_value();
    }
    case Kind::json:
      member<model::Json>(object, field).text = model::write_json(value);
      return true;
    case Kind::integer:
      return read_integer(field, value, object);
    case Kind::boolean:
      if (value.is_bool()) member<bool>(object, field) = value.get_bool();
      return value.is_bool();
    case Kind::enumeration:
      return read_enumeration(field, value, object);
    case Kind::instant:
      return read_instant(field, value, object);
    case Kind::duration:
      return read_duration(field, value, object);
    case Kind::secret:
      return false;
  }
  return false;
}

}  // namespace

json::object write_fields(const model::Resource& resource, const void* object) {
  json::object written = model::to_json(resource, object);
  for (auto& [name, value] : written) {
    if (value.is_string()) make_utf8(value.get_string());
  }
  return written;
}

Result<> read_fields(const model::Resource& resource, const json::object& object, void* target) {
  for (const auto& [name, value] : object) {
    const FieldInfo* field = resource.find_json(std::string_view(name.data(), name.size()));
    if (field != nullptr && !read_field(*field, value, target)) {
      return failure(Fault::bad_params,
                     fmt::format("{} does not fit its declaration", std::string_view(name.data(), name.size())));
    }
  }
  return {};
}

}  // namespace carillon::control

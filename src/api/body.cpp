// SPDX-License-Identifier: GPL-3.0-or-later
// One switch over kinds: what a member of a body may look like.
#include "api/body.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "model/json.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;
using model::FieldInfo;
using model::Kind;
using model::member;

constexpr std::size_t secret_bytes_max = 256;

std::string_view text_of(const json::value& value) {
  return {value.get_string().data(), value.get_string().size()};
}

/// What is wrong with a member; empty when it was taken.
std::string_view read_member(const FieldInfo& field, const json::value& value, void* object) {
  switch (field.kind) {
    case Kind::text:
      if (!value.is_string()) return "must be a text";
      member<model::Text>(object, field) = text_of(value);
      return {};
    case Kind::secret:
      if (!value.is_string()) return "must be a text";
      if (value.get_string().size() > secret_bytes_max) return "has more than 256 bytes";
      member<Secret>(object, field) = Secret(std::string(text_of(value)));
      return {};
    case Kind::boolean:
      if (!value.is_bool()) return "must be true or false";
      member<bool>(object, field) = value.get_bool();
      return {};
    case Kind::integer:
      if (!value.is_int64()) return "must be a whole number";
      member<model::Integer>(object, field) = value.get_int64();
      return {};
    case Kind::id: {
      const auto id = value.is_string() ? from_base32(text_of(value)) : std::nullopt;
      if (!id || *id == 0) return "must be an id";
      member<std::int64_t>(object, field) = *id;
      return {};
    }
    case Kind::instant: {
      if (!value.is_string()) return "must be a time (RFC 3339)";
      const auto instant = parse_rfc3339(text_of(value));
      if (!instant) return "must be a time (RFC 3339)";
      member<Instant>(object, field) = *instant;
      return {};
    }
    case Kind::json:
      member<model::Json>(object, field).text = model::write_json(value);
      return {};
    default:
      return "cannot be set";
  }
}

json::object schema_of(const FieldInfo& field) {
  switch (field.kind) {
    case Kind::boolean:
      return {{"type", "boolean"}};
    case Kind::integer:
      return {{"type", "integer"}};
    case Kind::instant:
      return {{"type", "string"}, {"format", "date-time"}};
    case Kind::secret:
      return {{"type", "string"}, {"format", "password"}, {"maxLength", secret_bytes_max}};
    case Kind::json:
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case Kind::text:
      return {{"type", "string"}, {"maxLength", field.max > 0 ? field.max : 255}};
    default:
      return {{"type", "string"}};
  }
}

}  // namespace

Problem field_problem(std::string_view field, std::string_view message) {
  Problem problem{.fault = Fault::bad_request, .detail = "A field is wrong."};
  problem.errors.push_back({std::string(field), std::string(message)});
  return problem;
}

std::expected<void, Problem> read_body(const model::Resource& resource, const std::string& body, void* object) {
  if (body.size() > body_bytes_max) return std::unexpected(Problem{.fault = Fault::too_large, .detail = {}});
  boost::system::error_code error;
  const json::value parsed = body.empty() ? json::value(json::object()) : json::parse(body, error);
  if (error || !parsed.is_object()) {
    return std::unexpected(Problem{.fault = Fault::bad_request, .detail = "The body must be a JSON object."});
  }
  std::vector<model::FieldFault> errors;
  for (const auto& [key, value] : parsed.get_object()) {
    const std::string name(key.data(), key.size());
    const FieldInfo* field = resource.find_json(name);
    if (field == nullptr) {
      errors.push_back({name, "is unknown"});
      continue;
    }
    const std::string_view fault = value.is_null() ? std::string_view() : read_member(*field, value, object);
    if (!fault.empty()) errors.push_back({name, std::string(fault)});
  }
  for (model::FieldFault& fault : model::validate(resource, object)) {
    if (std::ranges::find(errors, fault.field, &model::FieldFault::field) == errors.end()) errors.push_back(std::move(fault));
  }
  if (errors.empty()) return {};
  return std::unexpected(
      Problem{.fault = Fault::bad_request, .detail = "The body is not what is asked for.", .errors = std::move(errors)});
}

std::expected<std::vector<std::string>, Problem> read_texts(std::string_view field, const model::Json& value, std::size_t most) {
  std::vector<std::string> texts;
  if (value.text.empty()) return texts;
  boost::system::error_code error;
  const json::value parsed = json::parse(value.text, error);
  if (error || !parsed.is_array() || parsed.get_array().size() > most) {
    return std::unexpected(field_problem(field, fmt::format("must be a list of at most {} texts", most)));
  }
  for (const json::value& item : parsed.get_array()) {
    if (!item.is_string()) return std::unexpected(field_problem(field, "must be a list of texts"));
    texts.emplace_back(text_of(item));
  }
  return texts;
}

json::object body_schema(const model::Resource& resource) {
  json::object properties;
  json::array required;
  for (const FieldInfo& field : resource.fields) {
    properties[model::json_name(field)] = schema_of(field);
    if (field.required) required.push_back(json::string(model::json_name(field)));
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// One switch over kinds: what a field looks like in JSON.
#include "api/schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "api/resource_query.hpp"
#include "api/writing.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

json::object choices_schema(const model::FieldInfo& field) {
  json::array names;
  for (const std::string_view name : field.choices) names.push_back(name.empty() ? json::value() : json::value(name));
  return {{"enum", std::move(names)}};
}

json::object text_schema(const model::FieldInfo& field) {
  constexpr std::int64_t longest = 255;
  json::object schema{{"type", "string"}, {"maxLength", field.max > 0 ? field.max : longest}};
  if (field.required) schema["minLength"] = std::max<std::int64_t>(field.min, 1);
  return schema;
}

json::object integer_schema(const model::FieldInfo& field) {
  json::object schema{{"type", "integer"}};
  if (!field.inherits.empty()) schema = nullable(std::move(schema));
  if (field.min != 0 || field.max != 0) schema["minimum"] = field.min;
  if (field.max != 0) schema["maximum"] = field.max;
  return schema;
}

/// Beside an object that was just stored.
json::object notices_schema() {
  json::object notice{{"type", "object"}, {"properties", {{"field", {{"type", "string"}}}, {"message", {{"type", "string"}}}}}};
  return {{"type", "array"}, {"items", std::move(notice)}, {"description", "What is stored otherwise than it was said."}};
}

}  // namespace

json::object nullable(json::object schema) {
  schema["type"] = json::array{schema["type"], "null"};
  return schema;
}

boost::json::object schema_of(const model::FieldInfo& field) {
  switch (field.kind) {
    case model::Kind::id:
      return nullable({{"type", "string"}, {"description", "An id, base 32."}});
    case model::Kind::call:
      return nullable({{"type", "string"}, {"pattern", "^[0-9a-f]{32}$"}});
    case model::Kind::text:
    case model::Kind::secret:
      return text_schema(field);
    case model::Kind::json:
      return {};
    case model::Kind::integer:
      return integer_schema(field);
    case model::Kind::boolean:
      return {{"type", "boolean"}};
    case model::Kind::enumeration:
      return choices_schema(field);
    case model::Kind::set:
      return {{"type", "array"}, {"items", choices_schema(field)}, {"uniqueItems", true}};
    case model::Kind::instant:
      return nullable({{"type", "string"}, {"format", "date-time"}});
    case model::Kind::duration:
      return {{"type", "number"}};
    case model::Kind::money:
      return {{"type", "string"}, {"pattern", R"(^-?[0-9]+(\.[0-9]{1,6})?$)"}, {"description", "An amount, exact."}};
  }
  return {};
}

boost::json::object shown_schema(const model::Resource& resource) {
  json::object properties;
  for (const model::FieldInfo& field : resource.fields) {
    if (is_visible(field, resource, model::Role::platform)) properties[model::json_name(field)] = schema_of(field);
    // A password that was made for a new object is shown this once.
    if (field.transient) properties[model::json_name(field)] = text_schema(field);
  }
  properties["notices"] = notices_schema();
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

boost::json::object input_schema(const model::Resource& resource, Input input) {
  json::object properties;
  json::array required;
  for (const model::FieldInfo& field : resource.fields) {
    const bool is_shown = is_visible(field, resource, model::Role::platform);
    if (!is_shown && !field.transient) continue;
    const std::string name = model::json_name(field);
    properties[name] = schema_of(field);
    const bool must =
        field.required && field.kind == model::Kind::text && may_write(field, resource, model::Role::platform, true);
    if (must && input == Input::whole) required.push_back(json::value(name));
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

boost::json::object body_schema(const model::Resource& resource) {
  json::object properties;
  json::array required;
  for (const model::FieldInfo& field : resource.fields) {
    properties[model::json_name(field)] = schema_of(field);
    if (field.required) required.push_back(json::string(model::json_name(field)));
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// The API's description, made from its operations and the declarations of what they return.
#include "api/operations.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "api/call_query.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

json::object reference(std::string_view name) {
  return {{"$ref", fmt::format("#/components/schemas/{}", name)}};
}

/// A value that may be missing: ids and times that are not there are null.
json::object nullable(json::object schema) {
  schema["type"] = json::array{schema["type"], "null"};
  return schema;
}

json::object schema_of(const model::FieldInfo& field) {
  switch (field.kind) {
    case model::Kind::id:
      return nullable({{"type", "string"}, {"description", "An id, base 32."}});
    case model::Kind::call:
      return nullable({{"type", "string"}, {"pattern", "^[0-9a-f]{32}$"}});
    case model::Kind::text:
      return {{"type", "string"}};
    case model::Kind::json:
      return {{"type", "array"}, {"items", {{"type", "object"}}}};
    case model::Kind::integer:
      return {{"type", "integer"}};
    case model::Kind::boolean:
      return {{"type", "boolean"}};
    case model::Kind::enumeration: {
      json::array names;
      for (const std::string_view name : field.choices) names.push_back(name.empty() ? json::value() : json::value(name));
      return {{"enum", std::move(names)}};
    }
    case model::Kind::instant:
      return nullable({{"type", "string"}, {"format", "date-time"}});
    case model::Kind::duration:
      return {{"type", "number"}};
    case model::Kind::secret:
      break;
  }
  return {};
}

json::object schema_of(const model::Resource& resource) {
  json::object properties;
  for (const model::FieldInfo& field : resource.fields) {
    if (field.kind != model::Kind::secret && !field.hidden) properties[model::json_name(field)] = schema_of(field);
  }
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

json::object list_of(std::string_view item, std::string_view beside, json::object beside_schema) {
  return {{"type", "object"},
          {"properties", {{"items", {{"type", "array"}, {"items", reference(item)}}}, {beside, std::move(beside_schema)}}}};
}

json::object result_schema(const Operation& operation) {
  switch (operation.shape) {
    case Shape::login:
      return reference("Session");
    case Shape::document:
      return {{"type", "object"}};
    case Shape::object:
      return reference(operation.item_name);
    case Shape::paged_list:
      return list_of(operation.item_name, "next", nullable({{"type", "string"}}));
    case Shape::live_list:
      return list_of(operation.item_name, "total", {{"type", "integer"}});
    case Shape::events:
      return {{"type", "string"}};
  }
  return {};
}

json::object parameter(std::string_view name, std::string_view place, json::object schema) {
  return {{"name", name}, {"in", place}, {"required", place == "path"}, {"schema", std::move(schema)}};
}

json::array parameters_of(const Operation& operation) {
  json::array parameters;
  if (operation.path.contains("{id}")) parameters.push_back(parameter("id", "path", {{"type", "string"}}));
  if (!operation.is_public) {
    for (const std::string_view name : {"X-Carillon-Brand", "X-Carillon-Customer"}) {
      parameters.push_back(parameter(name, "header", {{"type", "string"}}));
    }
  }
  if (operation.shape == Shape::events) {
    parameters.push_back(parameter("types", "query", {{"type", "string"}}));
    parameters.push_back(parameter("Last-Event-ID", "header", {{"type", "string"}}));
  }
  if (operation.shape != Shape::paged_list) return parameters;
  for (const std::string_view field : call_filters()) {
    parameters.push_back(parameter(fmt::format("filter[{}]", field), "query", {{"type", "string"}}));
  }
  for (const std::string_view end : {"from", "to"}) {
    const std::string name = fmt::format("filter[startedAt][{}]", end);
    parameters.push_back(parameter(name, "query", {{"type", "string"}, {"format", "date-time"}}));
  }
  parameters.push_back(parameter("sort", "query", {{"enum", json::array{"startedAt", "-startedAt"}}}));
  parameters.push_back(parameter("after", "query", {{"type", "string"}}));
  parameters.push_back(parameter("perPage", "query", {{"type", "integer"}, {"minimum", 1}, {"maximum", per_page_max}}));
  parameters.push_back(parameter("total", "query", {{"type", "boolean"}}));
  return parameters;
}

json::object content(std::string_view type, json::object schema) {
  return {{type, {{"schema", std::move(schema)}}}};
}

json::object describe(const Operation& operation) {
  const std::string_view type = operation.shape == Shape::events ? "text/event-stream" : "application/json";
  json::object described{
      {"operationId", operation.id},
      {"summary", operation.summary},
      {"parameters", parameters_of(operation)},
      {"responses",
       {{"200", {{"description", "Done"}, {"content", content(type, result_schema(operation))}}},
        {"default",
         {{"description", "What is wrong"}, {"content", content("application/problem+json", reference("Problem"))}}}}}};
  if (operation.is_public) described["security"] = json::array();
  if (operation.shape == Shape::login) {
    described["requestBody"] = {{"required", true}, {"content", content("application/json", reference("Login"))}};
  }
  return described;
}

json::object text_properties(std::span<const std::string_view> names) {
  json::object properties;
  json::array required;
  for (const std::string_view name : names) {
    properties[name] = {{"type", "string"}};
    required.push_back(json::value(name));
  }
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

}  // namespace

json::object describe(std::span<const Operation> operations) {
  constexpr std::string_view login[] = {"username", "password"};
  constexpr std::string_view session[] = {"token", "role"};
  constexpr std::string_view problem[] = {"type", "title", "code"};
  json::object schemas{
      {"Login", text_properties(login)}, {"Session", text_properties(session)}, {"Problem", text_properties(problem)}};
  json::object paths;
  for (const Operation& operation : operations) {
    if (operation.item != nullptr) schemas[operation.item_name] = schema_of(*operation.item);
    json::value& path = paths[operation.path];
    if (!path.is_object()) path = json::object();
    const std::string_view method = operation.method == "POST" ? "post" : operation.method == "DELETE" ? "delete" : "get";
    path.get_object()[method] = describe(operation);
  }
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "Carillon"}, {"version", "1"}}},
          {"servers", json::array{json::object{{"url", "/api/v1"}}}},
          {"security", json::array{json::object{{"bearer", json::array()}}}},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", std::move(schemas)}, {"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace carillon::api

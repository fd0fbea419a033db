// SPDX-License-Identifier: GPL-3.0-or-later
// The API's description, made from its operations and the declarations of what they return.
#include "api/operations.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "api/recipe.hpp"
#include "api/resource_query.hpp"
#include "api/schema.hpp"
#include "control/methods.hpp"
#include "model/job.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

json::object reference(std::string_view name) {
  return {{"$ref", fmt::format("#/components/schemas/{}", name)}};
}

json::object list_of(std::string_view item, std::string_view beside, json::object beside_schema) {
  return {{"type", "object"},
          {"properties", {{"items", {{"type", "array"}, {"items", reference(item)}}}, {beside, std::move(beside_schema)}}}};
}

/// Each field that may be inherited: what counts, and which object says it.
json::object effective_schema(const model::Resource& resource) {
  const json::object text{{"type", "string"}};
  json::object properties;
  for (const model::FieldInfo& field : resource.fields) {
    if (field.inherits.empty()) continue;
    properties[model::json_name(field)] = {{"type", "object"},
                                           {"properties", {{"value", schema_of(field)}, {"from", text}, {"id", text}}}};
  }
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

json::object result_schema(const Operation& operation) {
  switch (operation.shape) {
    case Shape::nothing:
    case Shape::accepted:
      break;
    case Shape::document:
      return {{"type", "object"}};
    case Shape::object:
    case Shape::created:
      return reference(operation.item_name);
    case Shape::paged_list:
      return list_of(operation.item_name, "next", nullable({{"type", "string"}}));
    case Shape::numbered_list:
    case Shape::live_list:
      return list_of(operation.item_name, "total", {{"type", "integer"}});
    case Shape::call_outcome:
      return reference("CallOutcome");
    case Shape::call_story:
      return reference("CallStory");
    case Shape::import:
      return reference("Import");
    case Shape::job:
      return reference("Job");
    case Shape::file:
      return {{"type", json::array{"object", "array"}}};
    case Shape::effective:
      return effective_schema(*operation.item);
    case Shape::events:
    case Shape::picture:
    case Shape::recipe:
      return {{"type", "string"}};
  }
  return {};
}

json::object parameter(std::string_view name, std::string_view place, json::object schema) {
  return {{"name", name}, {"in", place}, {"required", place == "path"}, {"schema", std::move(schema)}};
}

void add_list_parameters(const Operation& operation, json::array& parameters) {
  const model::Resource& resource = *operation.item;
  const bool is_by_time = !resource.access.by_time.empty();
  json::array sorts;
  for (const model::FieldInfo& field : resource.fields) {
    if (!is_visible(field, resource, model::Role::platform) || field.kind == model::Kind::json) continue;
    const std::string name = model::json_name(field);
    const auto add = [&](std::string_view part) {
      parameters.push_back(parameter(fmt::format("filter[{}]{}", name, part), "query", {{"type", "string"}}));
    };
    add("");
    if (field.kind == model::Kind::text) add("[contains]");
    if (has_range(field)) {
      add("[from]");
      add("[to]");
    }
    if (is_by_time && field.name != resource.access.by_time) continue;
    sorts.push_back(json::value(name));
    sorts.push_back(json::value('-' + name));
  }
  if (operation.shape == Shape::job) {
    json::object formats{{"enum", json::array(std::begin(model::file_format_names), std::end(model::file_format_names))}};
    return parameters.push_back(parameter("format", "query", std::move(formats)));
  }
  parameters.push_back(parameter("sort", "query", {{"enum", std::move(sorts)}}));
  parameters.push_back(parameter("perPage", "query", {{"type", "integer"}, {"minimum", 1}, {"maximum", per_page_max}}));
  if (!is_by_time) return parameters.push_back(parameter("page", "query", {{"type", "integer"}, {"minimum", 1}}));
  parameters.push_back(parameter("after", "query", {{"type", "string"}}));
  parameters.push_back(parameter("total", "query", {{"type", "boolean"}}));
}

json::array parameters_of(const Operation& operation) {
  json::array parameters;
  if (operation.path.contains("{id}")) parameters.push_back(parameter("id", "path", {{"type", "string"}}));
  if (!operation.is_public) {
    for (const std::string_view name : {"X-Carillon-Brand", "X-Carillon-Customer"}) {
      parameters.push_back(parameter(name, "header", {{"type", "string"}}));
    }
    // Of browsers alone.
    if (operation.method != "GET") parameters.push_back(parameter("X-Carillon-Csrf", "header", {{"type", "string"}}));
  }
  if (operation.shape == Shape::created)
    parameters.push_back(parameter("Idempotency-Key", "header", {{"type", "string"}, {"maxLength", 255}}));
  const bool is_change = operation.input == Input::part ||
                         (operation.input == Input::whole && operation.shape == Shape::object) ||
                         (operation.method == "DELETE" && operation.item != nullptr && !operation.path.ends_with("/logo"));
  if (is_change) parameters.push_back(parameter("If-Match", "header", {{"type", "string"}}));
  const bool is_list =
      operation.shape == Shape::paged_list || operation.shape == Shape::numbered_list || operation.shape == Shape::job;
  if (is_list) add_list_parameters(operation, parameters);
  if (operation.shape == Shape::import) {
    parameters.push_back(parameter("dryRun", "query", {{"type", "boolean"}}));
    parameters.push_back(parameter("Prefer", "header", {{"type", "string"}}));
    json::object columns = parameter("map", "query", {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}});
    columns["style"] = "deepObject";
    parameters.push_back(std::move(columns));
  }
  if (operation.shape == Shape::recipe) {
    json::object peers{{"enum", json::array(std::begin(recipe_peers), std::end(recipe_peers))}};
    parameters.push_back(parameter("peer", "query", std::move(peers)));
    parameters.push_back(parameter("nat", "query", {{"type", "boolean"}}));
  }
  if (operation.shape == Shape::events) {
    parameters.push_back(parameter("types", "query", {{"type", "string"}}));
    parameters.push_back(parameter("Last-Event-ID", "header", {{"type", "string"}}));
  }
  return parameters;
}

json::object content(std::string_view type, json::object schema) {
  return {{type, {{"schema", std::move(schema)}}}};
}

std::string_view success_of(Shape shape) {
  if (shape == Shape::nothing) return "204";
  if (shape == Shape::accepted || shape == Shape::job) return "202";
  return shape == Shape::created ? "201" : "200";
}

json::object success_response(const Operation& operation) {
  json::object described{{"description", "Done"}};
  json::object schema = result_schema(operation);
  std::string_view type = "application/json";
  if (operation.shape == Shape::events) type = "text/event-stream";
  if (operation.shape == Shape::picture) type = "image/png";
  if (operation.shape == Shape::recipe) type = "text/plain";
  const bool is_list = operation.shape == Shape::paged_list || operation.shape == Shape::numbered_list;
  if (!schema.empty()) described["content"] = content(type, std::move(schema));
  if (operation.shape == Shape::picture) described["content"].as_object()["image/jpeg"] = described["content"].at(type);
  if (is_list) described["content"].as_object()["text/csv"] = {{"schema", {{"type", "string"}}}};
  const json::object text{{"schema", {{"type", "string"}}}};
  const bool is_one = operation.shape == Shape::object && (operation.input != Input::none || operation.path.ends_with("/{id}"));
  if (is_one || operation.shape == Shape::created) described["headers"] = {{"ETag", text}};
  if (operation.shape == Shape::job) described["headers"] = {{"Location", text}};
  if (operation.shape == Shape::import) described["headers"] = {{"Carillon-Job", text}};
  if (operation.shape == Shape::created) described["headers"].as_object()["Location"] = text;
  if (operation.shape == Shape::file) described["content"].as_object()["text/csv"] = text;
  if (operation.path.ends_with("/trace")) described["content"].as_object()["text/plain"] = text;
  return described;
}

json::object problem_response(std::string_view description) {
  return {{"description", description}, {"content", content("application/problem+json", reference("Problem"))}};
}

std::string input_name(const Operation& operation) {
  return operation.item_name + (operation.input == Input::whole ? "Input" : "Patch");
}

json::object responses_of(const Operation& operation) {
  json::object responses{{success_of(operation.shape), success_response(operation)}};
  if (operation.shape == Shape::call_outcome) responses["202"] = success_response(operation);
  if (operation.shape == Shape::picture) responses["304"] = {{"description", "It is the one that the client has"}};
  if (operation.shape == Shape::import)
    responses["202"] = {{"description", "It goes on behind"}, {"content", content("application/json", reference("Job"))}};
  responses["4XX"] = problem_response("What was wrong with the request");
  responses["5XX"] = problem_response("What the platform cannot do now");
  return responses;
}

json::object describe(const Operation& operation) {
  json::object described{{"operationId", operation.id},
                         {"summary", operation.summary},
                         {"parameters", parameters_of(operation)},
                         {"responses", responses_of(operation)}};
  if (operation.is_public) described["security"] = json::array();
  if (operation.input == Input::csv) {
    described["requestBody"] = {{"required", true}, {"content", content("text/csv", {{"type", "string"}})}};
  } else if (operation.input == Input::picture) {
    json::object either = content("image/png", {{"type", "string"}});
    either["image/jpeg"] = either.at("image/png");
    described["requestBody"] = {{"required", true}, {"content", std::move(either)}};
  } else if (operation.input != Input::none) {
    described["requestBody"] = {{"required", true}, {"content", content("application/json", reference(input_name(operation)))}};
  }
  if (operation.body != nullptr) {
    described["requestBody"] = {{"required", true}, {"content", content("application/json", reference(operation.body_name))}};
  }
  return described;
}

/// RFC 9457, with what is at fault, or what refers to it.
json::object problem_schema() {
  const json::object text{{"type", "string"}};
  const json::object fault{{"type", "object"}, {"properties", {{"field", text}, {"message", text}}}};
  const json::object use{{"type", "object"},
                         {"properties", {{"collection", text}, {"id", text}, {"field", text}, {"title", text}}}};
  return {{"type", "object"},
          {"properties",
           {{"type", text},
            {"title", text},
            {"status", {{"type", "integer"}}},
            {"code", text},
            {"detail", text},
            {"errors", {{"type", "array"}, {"items", fault}}},
            {"uses", {{"type", "array"}, {"items", use}}}}},
          {"required", json::array{"type", "title", "status", "code"}}};
}

json::object outcome_schema() {
  return {{"type", "object"},
          {"properties",
           {{"outcome", {{"enum", json::array{"done", "underWay"}}}},
            {"call", {{"type", "string"}, {"pattern", "^[0-9a-f]{32}$"}}}}}};
}

/// As declared, with what the lists in it hold.
json::object story_schema() {
  const json::object text{{"type", "string"}}, number{{"type", "integer"}};
  const json::object maybe_number = nullable(number), maybe_text = nullable(text);
  json::object schema = body_schema(model::resource_of<control::CallStory>);
  json::object& properties = schema["properties"].as_object();
  const json::object carrier{
      {"type", "object"},
      {"properties",
       {{"carrier", text}, {"name", text}, {"route", maybe_text}, {"priority", maybe_number}, {"weight", maybe_number}}}};
  const json::object reason{{"type", "object"}, {"properties", {{"step", text}, {"text", text}}}};
  properties["carriers"] = {{"type", "array"}, {"items", carrier}};
  properties["reasons"] = {{"type", "array"}, {"items", reason}};
  return schema;
}

/// What became of a file: each line at fault with its fields, or each object with what is shown this once.
json::object import_schema() {
  const json::object list{{"type", "array"}, {"items", {{"type", "object"}}}};
  return {
      {"type", "object"},
      {"properties", {{"lines", {{"type", "integer"}}}, {"dryRun", {{"type", "boolean"}}}, {"created", list}, {"errors", list}}}};
}

}  // namespace

bool reads(const Operation& operation) {
  return operation.method == "GET" || operation.shape == Shape::job || operation.shape == Shape::call_story;
}

std::string_view scope_of(const Operation& operation) {
  if (!reads(operation)) return "write";
  for (const std::string_view place : {"/calls", "/webhook-deliveries"})  // These tell of calls too.
    if (operation.path == place || operation.path.starts_with(std::string(place) + '/')) return "calls";
  return operation.path.starts_with("/live/") ? "live" : "read";
}

json::object describe(std::span<const Operation> operations) {
  json::object schemas{{"Problem", problem_schema()},
                       {"Import", import_schema()},
                       {"CallOutcome", outcome_schema()},
                       {"CallStory", story_schema()}};
  json::object paths;
  for (const Operation& operation : operations) {
    if (operation.item != nullptr) schemas[operation.item_name] = shown_schema(*operation.item);
    if (operation.input == Input::whole || operation.input == Input::part)
      schemas[input_name(operation)] = input_schema(*operation.item, operation.input);
    if (operation.body != nullptr) schemas[operation.body_name] = body_schema(*operation.body);
    json::value& path = paths[operation.path];
    if (!path.is_object()) path = json::object();
    std::string method(operation.method);
    for (char& letter : method) letter = static_cast<char>(letter - 'A' + 'a');
    path.get_object()[method] = describe(operation);
  }
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Carillon"},
            {"version", "1"},
            {"license", {{"name", "GPL-3.0-or-later"}, {"identifier", "GPL-3.0-or-later"}}}}},
          {"servers", json::array{json::object{{"url", "/api/v1"}}}},
          {"security", json::array{json::object{{"bearer", json::array()}}, json::object{{"cookie", json::array()}}}},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", std::move(schemas)},
            {"securitySchemes",
             {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
              {"cookie", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "__Host-carillon"}}}}}}}};
}

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// Members by their declarations, and every fault of a body at once.
#include "api/body.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "model/json.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;
using model::FieldInfo;

constexpr std::size_t secret_bytes_max = 256;

std::string_view text_of(const json::value& value) {
  return {value.get_string().data(), value.get_string().size()};
}

/// What is wrong with a member; empty when it was taken. Null is as good as not there.
std::string read_member(const FieldInfo& field, const json::value& value, void* object) {
  if (value.is_null()) return {};
  const bool is_long = field.kind == model::Kind::secret && value.is_string() && value.get_string().size() > secret_bytes_max;
  return is_long ? "has more than 256 bytes" : model::read_json(field, value, object);
}

}  // namespace

Problem field_problem(std::string_view field, std::string_view message) {
  Problem problem{.fault = Fault::bad_request, .detail = "A field is wrong."};
  problem.errors.push_back({std::string(field), std::string(message)});
  return problem;
}

std::expected<json::object, Problem> read_object(const std::string& body) {
  boost::system::error_code error;
  json::value parsed = json::parse(body, error);
  if (error || !parsed.is_object()) return refused(Fault::bad_request, "The body must be a JSON object.");
  return std::move(parsed.get_object());
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
    std::string fault = read_member(*field, value, object);
    if (!fault.empty()) errors.push_back({name, std::move(fault)});
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

}  // namespace carillon::api

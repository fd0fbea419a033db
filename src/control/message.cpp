// SPDX-License-Identifier: GPL-3.0-or-later
// Frames of the control channel to messages and back.
#include "control/message.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace carillon::control {

namespace {

namespace json = boost::json;

constexpr Fault all_faults[] = {Fault::bad_frame, Fault::bad_params, Fault::unknown_method, Fault::busy,    Fault::unanswered,
                                Fault::not_found, Fault::not_ready,  Fault::refused,        Fault::timeout, Fault::closed};

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

/// What another process calls an error is ours only when it is of this channel: the code of an Error lives in static storage.
Error error_from(const json::object& object) {
  const json::value* code = object.if_contains("code");
  const json::value* what = object.if_contains("what");
  const std::string_view code_text = code != nullptr && code->is_string() ? view(code->get_string()) : std::string_view();
  std::string sentence(what != nullptr && what->is_string() ? view(what->get_string()) : std::string_view());
  for (const Fault fault : all_faults) {
    if (name_of(fault) == code_text) return Error(fault, std::move(sentence));
  }
  return Error(Fault::refused, sentence.empty() ? std::string(code_text) : std::move(sentence));
}

struct Encoder {
  json::object operator()(const Request& request) const {
    json::object object{{"id", request.id}, {"method", request.method}, {"params", request.params}};
    if (request.credit > 0) object["credit"] = request.credit;
    return object;
  }
  json::object operator()(const Items& items) const {
    json::object object{{"id", items.id}, {"items", items.items}};
    if (items.has_gap) object["gap"] = true;
    return object;
  }
  json::object operator()(const Credit& credit) const { return {{"id", credit.id}, {"credit", credit.credit}}; }
  json::object operator()(const Done& done) const {
    if (done.result) return {{"id", done.id}, {"result", *done.result}};
    return {{"id", done.id}, {"error", {{"code", done.result.error().code}, {"what", done.result.error().what}}}};
  }
};

Result<Message> bad_frame() {
  return failure(Fault::bad_frame, "the peer does not speak the control protocol");
}

/// An optional credit: absent is `fallback`.
Result<int> credit_of(const json::object& object, int fallback) {
  const json::value* credit = object.if_contains("credit");
  if (credit == nullptr) return fallback;
  if (!credit->is_int64() || credit->get_int64() < 0 || credit->get_int64() > credit_max) return failure(Fault::bad_frame);
  return static_cast<int>(credit->get_int64());
}

Result<Message> decode_request(std::int64_t id, json::object& object) {
  json::value& method = object["method"];
  json::value* params = object.if_contains("params");
  CARILLON_TRY(credit, credit_of(object, 0));
  if (!method.is_string() || (params != nullptr && !params->is_object())) return bad_frame();
  Request request{.id = id, .method = std::string(view(method.get_string())), .params = {}, .credit = credit};
  if (params != nullptr) request.params = std::move(params->get_object());
  return request;
}

}  // namespace

std::string encode(const Message& message) {
  return json::serialize(std::visit(Encoder(), message));
}

Result<Message> decode(std::string_view frame) {
  constexpr int depth_max = 16;
  if (frame.size() > frame_bytes_max) return bad_frame();
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = depth_max;
  json::value parsed = json::parse({frame.data(), frame.size()}, error, {}, options);
  if (error || !parsed.is_object()) return bad_frame();
  json::object& object = parsed.get_object();
  const json::value* id = object.if_contains("id");
  if (id == nullptr || !id->is_int64() || id->get_int64() <= 0) return bad_frame();
  const std::int64_t number = id->get_int64();
  if (object.contains("method")) return decode_request(number, object);
  if (json::value* items = object.if_contains("items")) {
    if (!items->is_array()) return bad_frame();
    const json::value* gap = object.if_contains("gap");
    return Items{number, std::move(items->get_array()), gap != nullptr && gap->is_bool() && gap->get_bool()};
  }
  if (json::value* result = object.if_contains("result")) {
    if (!result->is_object()) return bad_frame();
    return Done{number, std::move(result->get_object())};
  }
  if (json::value* refusal = object.if_contains("error")) {
    if (!refusal->is_object()) return bad_frame();
    return Done{number, std::unexpected(error_from(refusal->get_object()))};
  }
  CARILLON_TRY(credit, credit_of(object, -1));
  if (credit < 0) return bad_frame();
  return Credit{number, credit};
}

}  // namespace carillon::control

// SPDX-License-Identifier: GPL-3.0-or-later
// Declared objects to JSON and back: what a peer sends is checked field by field, since it may be another release.
#include <algorithm>

#include <boost/json/value.hpp>

#include "base/utf8.hpp"
#include "control/message.hpp"
#include "model/json.hpp"

namespace carillon::control {

namespace {

namespace json = boost::json;
using model::FieldInfo;
using model::Kind;

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
    if (field == nullptr) continue;
    if (field->kind == Kind::secret || !model::read_json(*field, value, target).empty()) {
      return failure(Fault::bad_params,
                     fmt::format("{} does not fit its declaration", std::string_view(name.data(), name.size())));
    }
  }
  return {};
}

}  // namespace carillon::control

// SPDX-License-Identifier: GPL-3.0-or-later
// Declared objects to JSON and back: what a peer sends is checked field by field, since it may be another release.
#include <algorithm>

#include <boost/json/value.hpp>

#include "control/message.hpp"
#include "model/json.hpp"

namespace carillon::control {

namespace {

namespace json = boost::json;
using model::FieldInfo;
using model::Kind;

/// The length of the sound UTF-8 sequence that begins here, 0 if there is none (RFC 3629 §4).
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t n) { return n < text.size() ? static_cast<unsigned char>(text[n]) : 0U; };
  const auto continues = [&](std::size_t n) { return (at(n) & 0xc0U) == 0x80U; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first < 0xf0) {
    const bool is_overlong = first == 0xe0 && at(1) < 0xa0;
    const bool is_surrogate = first == 0xed && at(1) >= 0xa0;
    return continues(1) && continues(2) && !is_overlong && !is_surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first < 0xf5) {
    const bool is_overlong = first == 0xf0 && at(1) < 0x90;
    const bool is_beyond = first == 0xf4 && at(1) >= 0x90;
    return continues(1) && continues(2) && continues(3) && !is_overlong && !is_beyond ? 4 : 0;
  }
  return 0;
}

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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/event.hpp"

#include "sip/scan.hpp"

namespace carillon::sip {

namespace {

/// Longer names are nobody's package or id, and both are written back.
constexpr std::size_t name_max = 64;

bool is_name(std::string_view text) {
  return text.size() <= name_max && is_token(text);
}

}  // namespace

std::optional<Event> Event::of(const Message& message) {
  const std::string_view value = message.first(HeaderId::event).value_or("");
  const std::size_t semicolon = value.find(';');
  const std::string_view package = trim(value.substr(0, semicolon));
  const std::string_view rest = semicolon == std::string_view::npos ? std::string_view() : value.substr(semicolon);
  if (!is_name(package) || !Params::well_formed(rest)) return std::nullopt;
  const auto id = Params(rest).find("id");
  if (id && !is_name(*id)) return std::nullopt;
  return Event{std::string(package), std::string(id.value_or(""))};
}

std::string Event::text() const {
  return id.empty() ? package : package + ";id=" + id;
}

bool accepts(const Message& request, std::string_view type) {
  if (!request.has(HeaderId::accept)) return true;
  const std::string_view kind = type.substr(0, type.find('/'));
  for (std::string_view value : request.values(HeaderId::accept)) {
    const auto range = MediaType::parse(value);
    if (!range) continue;
    if (range->is("*", "*") || range->is(kind, "*") || range->is(kind, type.substr(kind.size() + 1))) return true;
  }
  return false;
}

}  // namespace carillon::sip

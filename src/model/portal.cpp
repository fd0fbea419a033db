// SPDX-License-Identifier: GPL-3.0-or-later
// Rules of portals that concern more than one field, and hosts as URLs and headers name them.
#include "model/portal.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace carillon::model {
namespace {

constexpr std::string_view scheme = "https://";

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && has_form(text, Form::digits);
}

/// RFC 1123 §2.1: a name's last label is never all digits, so no address passes for one.
bool is_number(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  return has_form(host.substr(dot == std::string_view::npos ? 0 : dot + 1), Form::digits);
}

}  // namespace

std::string host_of_header(std::string_view header) {
  std::string host = lower_case(header.substr(0, header.find(':')));
  if (host.ends_with('.')) host.pop_back();
  return has_form(host, Form::domain) && !is_number(host) ? host : std::string();
}

std::optional<std::string> portal_host(std::string_view url) {
  if (!url.starts_with(scheme)) return std::nullopt;
  url.remove_prefix(scheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  const std::size_t colon = url.find(':');
  if (colon != std::string_view::npos && !is_port(url.substr(colon + 1))) return std::nullopt;
  std::string host = lower_case(url.substr(0, colon));
  const bool is_name = has_form(host, Form::domain) && host.contains('.') && !is_number(host);
  return is_name ? std::optional(std::move(host)) : std::nullopt;
}

bool is_color(std::string_view text) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  return text.size() == 7 && text.front() == '#' && std::ranges::all_of(text.substr(1), is_hex);
}

std::vector<FieldFault> check_portal(Portal& portal) {
  std::vector<FieldFault> faults;
  auto host = portal_host(portal.url);
  if (host)
    portal.host = *std::move(host);
  else
    faults.push_back({"url", "must be https:// and the name of a host, and no more than a port behind it"});
  if (!portal.theme_color.empty() && !is_color(portal.theme_color)) faults.push_back({"themeColor", "must be like #1a2b3c"});
  const Role highest = portal.customer ? Role::customer : portal.brand ? Role::brand : Role::platform;
  const bool is_own = portal.brand || portal.level == Role::platform;
  if (!reaches(highest, portal.level)) faults.push_back({"level", "is above whom the portal is of"});
  if (!is_own) faults.push_back({"brand", "is required, unless level is platform"});
  return faults;
}

}  // namespace carillon::model

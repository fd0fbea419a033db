// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/reason.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sip/params.hpp"
#include "sip/scan.hpp"

namespace carillon::sip {
namespace {

constexpr std::size_t text_max = 64;
constexpr std::size_t values_max = 2;

/// What of a text may stand between quotes: printable ASCII without quotes and backslashes.
std::string plain(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::string out;
  for (char c : text.substr(0, text_max)) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\') out += c;
  }
  return out;
}

}  // namespace

std::string reason_to_pass_on(const Message& message) {
  std::string out;
  std::size_t count = 0;
  for (std::string_view value : message.values(HeaderId::reason)) {
    if (count == values_max) break;
    const std::size_t end = std::min(value.find(';'), value.size());
    std::string_view protocol = value.substr(0, end);
    while (!protocol.empty() && (protocol.back() == ' ' || protocol.back() == '\t')) protocol.remove_suffix(1);
    const bool is_sip = same_ignoring_case(protocol, "SIP");
    if (!is_sip && !same_ignoring_case(protocol, "Q.850")) continue;
    const Params params(value.substr(end));
    const auto cause = parse_seconds(params.find("cause").value_or(""));
    if (!cause || (is_sip ? *cause < 100 || *cause > 699 : *cause == 0 || *cause > 127)) continue;
    if (count++ != 0) out += ", ";
    out += fmt::format("{};cause={}", is_sip ? "SIP" : "Q.850", *cause);
    const std::string text = plain(params.find("text").value_or(""));
    if (!text.empty()) out += fmt::format(";text=\"{}\"", text);
  }
  return out;
}

}  // namespace carillon::sip

// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/party.hpp"

#include <fmt/format.h>

#include "sip/uri.hpp"

namespace carillon::call {

namespace {

bool is_number(std::string_view user) {
  return !user.empty() && user.find_first_not_of("+0123456789*#") == std::string_view::npos;
}

}  // namespace

std::string Party::address() const {
  std::string out;
  if (!display.empty()) {
    out += '"';
    for (char c : display) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += "\" ";
  }
  return out + fmt::format("<sip:{}@{}{}>", sip::escape_user(user), domain, is_phone && is_number(user) ? sip::user_phone : "");
}

Party Party::of_address(std::string_view address) {
  const auto read = sip::NameAddr::parse(address);
  if (!read) return {};
  return {.user = sip::unescape(read->uri.user),
          .domain = std::string(read->uri.host),
          .display = read->display_text(),
          .is_phone = read->uri.params.find("user") == "phone"};
}

Party Party::anonymous(const std::string& domain) {
  return {.user = "anonymous", .domain = domain, .display = "Anonymous"};
}

}  // namespace carillon::call

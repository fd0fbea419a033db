// SPDX-License-Identifier: GPL-3.0-or-later
// Names of the request methods.
#include "sip/method.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace carillon::sip {
namespace {

constexpr std::array<std::string_view, 15> names = {"",        "INVITE",    "ACK",    "BYE",     "CANCEL",
                                                    "OPTIONS", "REGISTER",  "PRACK",  "UPDATE",  "INFO",
                                                    "REFER",   "SUBSCRIBE", "NOTIFY", "MESSAGE", "PUBLISH"};
static_assert(names.size() == std::to_underlying(Method::publish) + 1);

}  // namespace

Method method_from(std::string_view name) {
  const auto* found = std::find(names.begin() + 1, names.end(), name);
  return found == names.end() ? Method::unknown : static_cast<Method>(std::distance(names.begin(), found));
}

std::string_view method_name(Method method) {
  return names[std::to_underlying(method)];
}

}  // namespace carillon::sip

// SPDX-License-Identifier: GPL-3.0-or-later
// The request methods that Carillon knows by name; any other token is `unknown` and keeps its text in the message.
#pragma once

#include <cstdint>
#include <string_view>

namespace carillon::sip {

enum class Method : std::uint8_t {
  unknown,
  invite,
  ack,
  bye,
  cancel,
  options,
  register_,
  prack,
  update,
  info,
  refer,
  subscribe,
  notify,
  message,
  publish,
};

/// Methods are case-sensitive (RFC 3261 §7.1).
Method method_from(std::string_view name);

/// "INVITE"; empty for `unknown`.
std::string_view method_name(Method method);

}  // namespace carillon::sip

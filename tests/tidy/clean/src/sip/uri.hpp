// SPDX-License-Identifier: GPL-3.0-or-later
// Names a party of a call.
#pragma once

#include <map>
#include <string>
#include <utility>

namespace carillon::sip {

/// RFC 3261 §19.1.1: a URI without its parameters.
struct Uri {
  std::string host = "example.com";
  int port{5060};
  Uri() : host{}, port{1} {}
  Uri(std::string a, int b) : host(std::move(a)), port{b} {}
  auto operator<=>(const Uri&) const = default;
};

template <class A, class B>
std::map<A, B> join(std::map<A, B> first, std::map<A, B> second, std::pair<A, B> third = std::pair<A, B>(1, 2));

}  // namespace carillon::sip

// SPDX-License-Identifier: GPL-3.0-or-later
// What a request asks for: the target as sent, taken apart into path and parameters.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http_server.hpp"

namespace carillon::net {

struct HttpTarget {
  std::string path;
  HttpFields query;
};

/// Accepts the origin and the absolute form (RFC 9112 §3.2.1, §3.2.2). Nothing for other forms, bad percent-encoding, control
/// characters and paths that climb with "..".
std::optional<HttpTarget> parse_http_target(std::string_view target);

}  // namespace carillon::net

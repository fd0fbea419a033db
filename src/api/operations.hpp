// SPDX-License-Identifier: GPL-3.0-or-later
// What the API can do, declared once: requests are routed by it and `/api/v1/openapi.json` is written from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "model/field.hpp"

namespace carillon::api {

enum class Shape : std::uint8_t {
  login,       ///< Name and password in, token and role out.
  document,    ///< This description.
  object,      ///< One of `item`.
  paged_list,  ///< `{"items","next"}` of `item`, by cursor.
  live_list,   ///< `{"items","total"}` of `item`.
  events,      ///< Server-sent events, without end.
};

struct Operation {
  std::string id;
  std::string_view method;
  std::string path;  ///< Below /api/v1; a segment `{id}` stands for any.
  std::string summary;
  Shape shape;
  const model::Resource* item = nullptr;
  std::string item_name = {};
  bool is_public = false;  ///< No login needed.
};

/// OpenAPI 3.1.
boost::json::object describe(std::span<const Operation> operations);

}  // namespace carillon::api

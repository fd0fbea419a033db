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
  nothing,        ///< Done, and there is no body.
  accepted,       ///< It goes on behind, and there is no more to say.
  created,        ///< A new one of `item`.
  document,       ///< This description.
  object,         ///< One of `item`.
  numbered_list,  ///< `{"items","total"}` of `item`, by page.
  paged_list,     ///< `{"items","next"}` of `item`, by cursor.
  live_list,      ///< `{"items","total"}` of `item`.
  call_outcome,   ///< What became of a wish about a call: 200, or 202 when it goes on.
  call_story,     ///< Where an imagined call would go.
  import,         ///< What became of a file, or the job that goes on with it.
  job,            ///< The job that does it.
  file,           ///< What a job made.
  effective,      ///< The inherited fields of `item`: `{"value","from","id"}` each.
  events,         ///< Server-sent events, without end.
  picture,        ///< A PNG or JPEG.
  recipe,         ///< A text: the configuration of another machine.
};

/// What is sent of `item`.
enum class Input : std::uint8_t { none, whole, part, csv, picture };

/// What an API token needs for it.
enum class Grant : std::uint8_t {
  by_path,  ///< "calls" and "live" for reading below those paths, else "read" for GET and "write".
  session,  ///< Nothing is enough: somebody must have logged in.
};

/// Whether it is allowed before a first password was changed and a second factor set up.
enum class Early : std::uint8_t { no, second_factor, both };

struct Operation {
  std::string id;
  std::string_view method;
  std::string path;  ///< Below /api/v1; a segment `{id}` stands for any.
  std::string summary;
  Shape shape;
  const model::Resource* item = nullptr;
  std::string item_name = {};
  bool is_public = false;  ///< No login needed.
  Input input = Input::none;
  const model::Resource* body = nullptr;
  std::string body_name = {};
  Grant grant = Grant::by_path;
  Early early = Early::no;
  bool while_emulated = true;                  ///< Also when acting for somebody else.
  std::optional<model::Feature> feature = {};  ///< Without which it is not there.
};

/// Whether it changes nothing but what is kept of who asked: an export reads too, and an imagined call.
bool reads(const Operation& operation);

/// The scope that an API token needs for it.
std::string_view scope_of(const Operation& operation);
/// All of those.
inline constexpr std::string_view token_scopes[] = {"read", "write", "calls", "live"};

/// OpenAPI 3.1.
boost::json::object describe(std::span<const Operation> operations);

}  // namespace carillon::api

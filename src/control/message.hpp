// SPDX-License-Identifier: GPL-3.0-or-later
// One frame of the control channel as JSON: `{"id":1,"method":"ping","params":{}}` asks, `{"id":1,"result":{}}` or
// `{"id":1,"error":{"code":"control.busy","what":"…"}}` answers. A list comes before its result as `{"id":1,"items":[…]}`, as
// many frames as the reader has granted: `"credit":4` beside `params` to begin with, `{"id":1,"credit":1}` for each frame it has
// taken. What is watched comes in such frames too, without end; `"gap":true` in one says that something was left out before it.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "model/field.hpp"

namespace carillon::control {

enum class Fault {
  bad_frame,       ///< Not a message of this protocol: the connection ends.
  bad_params,      ///< A field that does not fit its declaration.
  unknown_method,  ///< Of another release, or asked of the wrong role.
  busy,            ///< Too much is under way; try again later.
  unanswered,      ///< The role dropped the request.
  not_found,       ///< No such thing, or somebody else's.
  not_ready,       ///< The role cannot say yet.
  refused,         ///< Any other error of the role.
  timeout,         ///< No answer in time.
  closed           ///< The connection ended, or never came about.
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"control.bad_frame",  "control.bad_params", "control.unknown_method", "control.busy",
                                        "control.unanswered", "control.not_found",  "control.not_ready",      "control.refused",
                                        "control.timeout",    "control.closed"};
  return names[static_cast<std::size_t>(fault)];
}

constexpr std::size_t frame_bytes_max = 1024 * 1024;
constexpr std::size_t items_per_frame = 100;
constexpr int credit_max = 16;  ///< Item frames that may be under way for one list.

struct Request {
  std::int64_t id = 0;
  std::string method;
  boost::json::object params;
  int credit = 0;
};
struct Items {
  std::int64_t id = 0;
  boost::json::array items;
  bool has_gap = false;
};
struct Credit {
  std::int64_t id = 0;
  int credit = 0;
};
struct Done {
  std::int64_t id = 0;
  Result<boost::json::object> result;
};
using Message = std::variant<Request, Items, Credit, Done>;

std::string encode(const Message& message);
/// Any bytes are safe to pass: nesting, ids and credits are checked. Error: `bad_frame`.
Result<Message> decode(std::string_view frame);

/// A declared object as JSON and back. Unknown members are passed over (the other side may be a newer release), missing ones keep
/// their initial value. Error: `bad_params`, naming the member.
boost::json::object write_fields(const model::Resource& resource, const void* object);
Result<> read_fields(const model::Resource& resource, const boost::json::object& json, void* object);

}  // namespace carillon::control

// SPDX-License-Identifier: GPL-3.0-or-later
// The attempts of a call as the JSON they are stored and shown as.
#include "model/call.hpp"

#include <boost/json/array.hpp>

#include "model/json.hpp"

namespace carillon::model {

Json attempts_json(std::span<const Attempt> attempts) {
  boost::json::array array;
  for (const Attempt& attempt : attempts) array.push_back(to_json(attempt));
  return {write_json(array)};
}

}  // namespace carillon::model

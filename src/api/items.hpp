// SPDX-License-Identifier: GPL-3.0-or-later
// Lists of declared objects as JSON.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "control/message.hpp"

namespace carillon::api {

template <class T>
boost::json::array to_items(const std::vector<T>& objects) {
  boost::json::array items;
  items.reserve(objects.size());
  for (const T& object : objects) items.push_back(control::write_fields(model::resource_of<T>, &object));
  return items;
}

}  // namespace carillon::api

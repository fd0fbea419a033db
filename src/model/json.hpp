// SPDX-License-Identifier: GPL-3.0-or-later
// JSON as the API shows and takes it: camelCase names, RFC 3339 times, base 32 ids, no secrets.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "model/field.hpp"

namespace carillon::model {

/// All fields of an object but secrets and hidden ones. Empty ids and instants are null.
boost::json::object to_json(const Resource& resource, const void* object);

template <class T>
boost::json::object to_json(const T& object) {
  return to_json(resource_of<T>, &object);
}

/// Reads one member into an object; what is wrong with it as a sentence's end ("must be a number"), empty when nothing is. Null
/// empties what may be empty. The rules of the declaration beyond its kind are validate()'s.
std::string read_json(const FieldInfo& field, const boost::json::value& value, void* object);

/// Serialises a value with plain decimals (12.345, where the library would write 1.2345E1).
std::string write_json(const boost::json::value& value);

}  // namespace carillon::model

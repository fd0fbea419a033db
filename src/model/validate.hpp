// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of the declarations, checked before anything is stored.
#pragma once

#include <string>
#include <vector>

#include "model/field.hpp"

namespace carillon::model {

/// One field at fault, as `errors: [{"field","message"}]` of the API shows it.
struct FieldFault {
  std::string field;  ///< JSON name.
  std::string message;
  bool operator==(const FieldFault&) const = default;
};

/// Every field that breaks its rule; empty when the object is sound. Uniqueness and references are the database's to check.
std::vector<FieldFault> validate(const Resource& resource, const void* object);

template <class T>
std::vector<FieldFault> validate(const T& object) {
  return validate(resource_of<T>, &object);
}

/// Whether a text has the shape a form asks for.
bool has_form(std::string_view text, Form form);

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// Declarations as JSON Schema (2020-12), for the API's description.
#pragma once

#include <boost/json/object.hpp>

#include "api/operations.hpp"

namespace carillon::api {

/// A schema that null fits, too.
boost::json::object nullable(boost::json::object schema);
boost::json::object schema_of(const model::FieldInfo& field);
/// What is shown of a resource.
boost::json::object shown_schema(const model::Resource& resource);
/// What is taken of a resource: of a whole object with what it must have.
boost::json::object input_schema(const model::Resource& resource, Input input);
/// What a body that is declared for itself holds.
boost::json::object body_schema(const model::Resource& resource);

}  // namespace carillon::api

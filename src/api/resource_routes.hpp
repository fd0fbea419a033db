// SPDX-License-Identifier: GPL-3.0-or-later
// The operations that every resource has, made from its declaration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/request.hpp"

namespace carillon::api {

/// "carrier_servers" → "carrier-servers".
std::string collection_of(std::string_view table);

/// The resource of a collection, or null.
const model::Resource* resource_of_collection(std::string_view collection);

/// For each resource, in the order of their list.
std::vector<Route> resource_routes();

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// All there is to configure and to look up: what the API serves, and where references are looked for.
#pragma once

#include "model/field.hpp"

namespace carillon::model {

/// In the order in which the API's description lists them.
std::span<const Resource* const> resources();

/// By table; null when there is none.
const Resource* find_resource(std::string_view table);

/// The name of an object as people know it: its title fields, or its id.
std::string title_of(const Resource& resource, const void* object);

}  // namespace carillon::model

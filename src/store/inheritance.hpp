// SPDX-License-Identifier: GPL-3.0-or-later
// What counts where a field is empty: that of the object that its declaration names, which may be empty in turn.
#pragma once

#include <vector>

#include "model/field.hpp"
#include "store/database.hpp"

namespace carillon::store {

/// The value of an inherited field is `source` of `owner`: of the object itself when it says something.
struct Effective {
  const model::FieldInfo* field = nullptr;
  const model::FieldInfo* source = nullptr;
  model::Object owner;
};

bool has_inherited(const model::Resource& resource);

/// All fields of an object that may be inherited, in the order of the declaration. Reads what is above the object's tenant, so
/// the connection has to be the platform's; whoever may see the object may see these values.
Result<std::vector<Effective>> effective_values(Database& database, const model::Resource& resource, const void* object);

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// Which objects hold on to which, by the references of the declarations.
#pragma once

#include <vector>

#include "model/validate.hpp"
#include "store/table.hpp"

namespace carillon::store {

/// An object that refers to another.
struct Use {
  std::string table;  ///< Of what refers.
  std::string field;  ///< JSON name of the reference.
  std::int64_t id = 0;
  std::string title;
};

constexpr std::int64_t uses_max = 20;  ///< That are named; there may be more.

/// What becomes of what refers to an object that goes.
enum class Hold : std::uint8_t {
  keeps,   ///< It keeps the object from going.
  yields,  ///< The reference is emptied.
  part     ///< It goes too.
};

/// Who refers to an object by references of that kind, within what the connection may see. Records do not count: they outlive
/// what they speak of.
Result<std::vector<Use>> uses_of(Database& database, const model::Resource& resource, std::int64_t id, Hold hold);

/// The references of an object that lead nowhere or out of its tenant, and the values that only one object may have and another
/// has. What the connection may not see is not found here: the schema refuses it. The scope's own brand and customer are taken
/// for granted: a customer cannot see its brand. So are references that `before`, when not null and of the same tenant, had
/// already: whoever changes something else may not see where they lead.
Result<std::vector<model::FieldFault>> check_neighbours(Database& database, const Scope& scope, const model::Resource& resource,
                                                        const void* object, const void* before = nullptr);

}  // namespace carillon::store

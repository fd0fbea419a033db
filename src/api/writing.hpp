// SPDX-License-Identifier: GPL-3.0-or-later
// From what somebody says about an object to the object stored: what the API, imports and jobs all go through.
#pragma once

#include <boost/json/object.hpp>

#include "api/caller.hpp"
#include "store/edit.hpp"

namespace carillon::api {

/// Who is behind what the caller changes, for the audit log.
store::Actor actor_of(const Caller& caller);

/// Whether a role may say what a field holds, of a new object or of one that is there.
bool may_write(const model::FieldInfo& field, const model::Resource& resource, model::Role role, bool is_new);
/// Whether there is anything of the resource that the role may change.
bool may_update(const model::Resource& resource, model::Role role);

/// What became of it. With faults or uses nothing was stored.
struct Written {
  std::optional<model::Object> object;
  boost::json::object shown;              ///< What is shown this once.
  std::vector<model::FieldFault> faults;  ///< By JSON name.
  std::vector<store::Use> uses;           ///< Why it cannot go.
};

/// One object as somebody described it.
struct Wish {
  const model::Resource* resource = nullptr;
  boost::json::object members;  ///< JSON names. What is not named keeps its value, or gets its first one.
  Secret password_hash;         ///< Of the member "password", where the resource keeps one as argon2id.
};

/// In the caller's scope and transaction. Errors are the database's, `not_found` too.
Result<Written> create(store::Edit& edit, const Caller& caller, const Wish& wish);
/// `replaces`: what is not named gets its first value. `if_match`: the tag the object must have, when not empty; `stale` else.
struct Change {
  std::int64_t id = 0;
  bool replaces = false;
  std::string if_match = {};
};
Result<Written> update(store::Edit& edit, const Caller& caller, const Wish& wish, const Change& change);
Result<Written> remove(store::Edit& edit, const model::Resource& resource, const Change& change);

/// Changes with the content of an object (RFC 9110 §8.8.3), quotes included.
std::string tag_of(const model::Object& object);

}  // namespace carillon::api

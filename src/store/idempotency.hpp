// SPDX-License-Identifier: GPL-3.0-or-later
// Requests that are made again, because nobody knows whether they arrived, make nothing twice.
#pragma once

#include <optional>
#include <string>

#include "store/database.hpp"

namespace carillon::store {

constexpr Duration key_time = 24h;

/// What a request is known by: the login, the collection and its Idempotency-Key; and what it said.
struct KeyedRequest {
  std::string digest;  ///< token_digest() of the three.
  std::string body;    ///< token_digest() of the body.
};

/// The object that this request made before; none when it is new. `stale` when the key was used for something else. In the
/// caller's transaction.
Result<std::optional<std::int64_t>> find_keyed(Database& database, const KeyedRequest& request, Instant now);
/// Notes what it made, and forgets keys that are over. In the caller's transaction.
Result<> note_keyed(Database& database, const Scope& scope, const KeyedRequest& request, std::int64_t object, Instant now);

}  // namespace carillon::store

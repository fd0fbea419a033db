// SPDX-License-Identifier: GPL-3.0-or-later
// Who is logged in. Tokens are known by their digest alone, so whoever reads the database cannot use them.
#pragma once

#include "store/logins.hpp"

namespace carillon::store {

constexpr Duration session_idle_limit = 30min;
constexpr Duration session_total_limit = 12h;
constexpr std::int64_t sessions_max = 10'000;

/// Notes a session. Those whose time is over are removed, and when there are too many, the one unused for longest.
Result<> open_session(Database& database, std::string_view token, const Login& login, Instant now);

/// Whose token it is, without the password's hash; none when it is unknown, its time is over or the login is not active any more.
/// Counts as use, which is written down once a minute.
Result<std::optional<Login>> find_session(Database& database, std::string_view token, Instant now);

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// The second factor of a login: an authenticator's secret, sealed, and codes on paper for the day on which it is lost.
#pragma once

#include <vector>

#include "store/database.hpp"
#include "store/seal.hpp"

namespace carillon::store {

constexpr std::size_t recovery_codes_count = 10;

/// Keeps a new secret, which counts once it is confirmed, and returns it as bytes. One that was begun before is forgotten;
/// `constraint` when one is on already.
Result<Secret> begin_second_factor(Database& database, const Sealer& sealer, std::int64_t login);
/// Switches it on when the code is right and returns the recovery codes, which nobody can read again; empty when it is wrong, or
/// nothing was begun.
Result<std::vector<std::string>> confirm_second_factor(Database& database, const Sealer& sealer, std::int64_t login,
                                                       std::string_view code, Instant now);
/// Whether it is a code of the authenticator, or a recovery code, of a factor that is on. Each is good for one time.
Result<bool> use_second_factor(Database& database, const Sealer& sealer, std::int64_t login, std::string_view code, Instant now);
Result<> remove_second_factor(Database& database, std::int64_t login);
/// How many that are on the sealer's keys do not open: those of another key file.
Result<std::int64_t> count_lost_second_factors(Database& database, const Sealer& sealer);
/// How many recovery codes are left.
Result<std::int64_t> count_recovery_codes(Database& database, std::int64_t login);

}  // namespace carillon::store

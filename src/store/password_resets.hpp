// SPDX-License-Identifier: GPL-3.0-or-later
// Links that let somebody who forgot a password choose another, once.
#pragma once

#include "store/outbox.hpp"
#include "store/portals.hpp"

namespace carillon::store {

constexpr Duration reset_time = 30min;
constexpr Duration invitation_time = 72h;
constexpr std::int64_t resets_per_hour = 3;  ///< Of one login; further ones send nothing.

struct ResetRequest {
  std::string name;
  Id<model::Brand> brand;
  std::string token;
  std::int64_t login = 0;  ///< Of an invitation: whose first password is to be chosen; `name` and `brand` are not looked at.
  PortalHost portal = {};  ///< Says the brand when nobody else does.
  std::string portal_url;  ///< What a link begins with: "https://pbx.example.com"; empty: the mail has the bare code.
};

/// Sends the link to whoever has that name, if anybody and with an address; true when it did. Whoever asked is not to learn that.
Result<bool> request_reset(Database& database, const Sealer& sealer, const ResetRequest& request, Instant now);
/// Sends a link to the owner of a new login that has no password yet; false when it has one, or no address.
Result<bool> invite(Database& database, const Sealer& sealer, const ResetRequest& request, Instant now);
/// Whose link it is; none when it is unknown, used or too old.
Result<std::optional<Login>> find_reset(Database& database, std::string_view token, Instant now);
/// Uses the link up: stores the password and ends every session of the login. False when somebody was faster.
Result<bool> use_reset(Database& database, std::string_view token, const Secret& hash, Instant now);

}  // namespace carillon::store

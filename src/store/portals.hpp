// SPDX-License-Identifier: GPL-3.0-or-later
// Which portal a request came through, and who logs in there. Reads what is all tenants', so the connection has to be the
// platform's.
#pragma once

#include "model/portal.hpp"
#include "store/logins.hpp"

namespace carillon::store {

/// The host that a request names, as portals have it; empty: none that could be a portal's.
struct PortalHost {
  std::string name;
  bool is_platforms = false;  ///< Where the platform itself is reached: no brand can have that one.
};

/// None: nobody's, and the platform's defaults are shown.
Result<std::optional<model::Portal>> find_portal(Database& database, const PortalHost& host);

/// The brand that a name is looked for in when nobody says one; zero: anywhere.
Result<Id<model::Brand>> brand_of_portal(Database& database, const PortalHost& host);

/// As find_login(), for who says no brand: in that of the portal, and if it is not there, anywhere: a brand that
/// takes a host keeps nobody out who came in by it before.
Result<std::optional<Login>> find_login_at(Database& database, std::string_view name, const PortalHost& host);

}  // namespace carillon::store

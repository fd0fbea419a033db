// SPDX-License-Identifier: GPL-3.0-or-later
// Portals by their host.
#include "store/portals.hpp"

namespace carillon::store {

Result<std::optional<model::Portal>> find_portal(Database& database, const PortalHost& host) {
  if (host.name.empty()) return std::nullopt;
  Query by_host;
  by_host.filters.push_back({"host", host.name});
  CARILLON_TRY(found, list<model::Portal>(database, {}, by_host));
  if (found.empty() || (host.is_platforms && found.front().brand)) return std::nullopt;
  return std::move(found.front());
}

Result<Id<model::Brand>> brand_of_portal(Database& database, const PortalHost& host) {
  CARILLON_TRY(portal, find_portal(database, host));
  return portal ? portal->brand : Id<model::Brand>();
}

Result<std::optional<Login>> find_login_at(Database& database, std::string_view name, const PortalHost& host) {
  CARILLON_TRY(brand, brand_of_portal(database, host));
  CARILLON_TRY(login, find_login(database, name, brand));
  if (login || !brand) return login;
  return find_login(database, name, Id<model::Brand>());
}

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// What anybody is told about the portal that a request came through.
#pragma once

#include "api/request.hpp"
#include "store/portals.hpp"

namespace carillon::api {

/// Nothing of it tells of other portals, nor whose this one is.
struct PortalAnswer {
  RESOURCE(PortalAnswer, portal)
  FIELD(model::Text, title)
  FIELD(model::Text, theme_color)  // #rrggbb
  FIELD(model::Text, language)
  FIELD(model::Role, level)
  FIELD(model::Text, logo)  // Where the picture is; empty: there is none.
};

/// The host that the request names. What a proxy says beside it is not looked at: anybody can say that.
store::PortalHost host_of(const Backend& backend, const net::HttpRequest& request);

}  // namespace carillon::api

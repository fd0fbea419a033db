// SPDX-License-Identifier: GPL-3.0-or-later
// The pictures of brands and portals. Whose it is keeps the tag of its picture in `logo`, so that a change of it stands in the
// audit log and in the feed.
#pragma once

#include "model/portal.hpp"
#include "store/edit.hpp"

namespace carillon::store {

struct Logo {
  std::string type;     ///< image/png, image/jpeg.
  std::string content;  ///< Base 64.
  std::string tag;      ///< Another for every content.
};

/// The brand's own, or the portal's; a portal without one has its brand's. The connection has to be the platform's.
Result<std::optional<Logo>> find_logo(Database& database, const model::Resource& owner, std::int64_t id);

/// Gives a brand or portal of the edit's scope another picture, or none. `not_found` when it is somebody else's.
Result<> set_logo(Edit& edit, const model::Resource& owner, std::int64_t id, const std::optional<Logo>& logo);

}  // namespace carillon::store

// SPDX-License-Identifier: GPL-3.0-or-later
// A new brand begins with target patterns of all countries.
#include "api/rules.hpp"
#include "model/brand.hpp"
#include "store/country_targets.hpp"

namespace carillon::api {

Result<> companions_of_brand(store::Edit& edit, const model::Object& brand) {
  return store::make_country_targets(edit.database(), brand.as<model::Brand>().id, edit.now());
}

}  // namespace carillon::api

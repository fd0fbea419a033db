// SPDX-License-Identifier: GPL-3.0-or-later
// What a PBX is configured with to call through an account here: ready to paste, but for the password, which nobody here has.
#pragma once

#include <string>

#include "model/domain.hpp"
#include "model/terminal.hpp"
#include "outbound/domain_check.hpp"

namespace carillon::api {

inline constexpr std::string_view recipe_peers[] = {"asterisk"};

struct Recipe {
  const model::Terminal& terminal;
  const model::Domain& domain;
  const outbound::UsersEdge& edge;  ///< Where the platform is; without addresses the PBX asks the DNS for the domain.
  bool has_nat = false;             ///< Whether there is one between it and the platform.
};

/// pjsip.conf, and how its dialplan begins, as comments.
std::string asterisk_recipe(const Recipe& recipe);

}  // namespace carillon::api

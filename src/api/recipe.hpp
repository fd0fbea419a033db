// SPDX-License-Identifier: GPL-3.0-or-later
// What a PBX is configured with to call through an account here: ready to paste, but for the password, which nobody here has.
#pragma once

#include <string>
#include <string_view>

#include "model/domain.hpp"
#include "model/terminal.hpp"
#include "outbound/domain_check.hpp"

namespace carillon::api {

inline constexpr std::string_view recipe_peers[] = {"asterisk", "freeswitch"};

struct Recipe {
  const model::Terminal& terminal;
  const model::Domain& domain;
  const outbound::UsersEdge& edge;  ///< Where the platform is; without addresses the PBX asks the DNS for the domain.
  bool has_nat = false;             ///< Whether there is one between it and the platform.
};

/// For one of `recipe_peers`.
std::string write_recipe(std::string_view peer, const Recipe& recipe);

/// pjsip.conf, and how its dialplan begins, as comments.
std::string asterisk_recipe(const Recipe& recipe);
/// A gateway of mod_sofia, and whom it lets in and how its dialplan begins, as comments.
std::string freeswitch_recipe(const Recipe& recipe);

/// "carillon-NAME": letters and digits, and `other` in place of the rest.
std::string recipe_name(const Recipe& recipe, char other);
/// The account's name as the user part of a SIP URI.
std::string recipe_user(const Recipe& recipe);
/// HOST:PORT of the platform; empty where the DNS says it.
std::string recipe_address(const Recipe& recipe);

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// Who asks: the login behind a request and what it may see.
#pragma once

#include <string>

#include "model/user.hpp"
#include "outbound/address_policy.hpp"
#include "store/logins.hpp"

namespace carillon::api {

/// Both identities, as the audit log names them.
struct Actor {
  std::int64_t login = 0;  ///< As whom: the administrator's or user's id; acting for a brand or customer, that one's.
  std::string name;
  store::Role role{};
  std::int64_t emulated_by = 0;  ///< Who really asks, in an emulated session; 0: the login itself.
  std::string emulated_by_name;
  std::string source;  ///< The address that the request came from.
};

/// What must be done before anything else is allowed.
enum class Limit : std::uint8_t { none, change_password, set_up_second_factor };
inline constexpr std::string_view limit_names[] = {"", "password", "secondFactor"};
constexpr std::string_view text_of(Limit limit) {
  return limit_names[static_cast<std::size_t>(limit)];
}

struct Caller {
  store::Role role{};
  store::Scope scope;
  Actor actor;
  std::int64_t session = 0;  ///< 0: a program with an API token.
  std::string csrf;          ///< Of a session by cookie.
  Limit limit = Limit::none;
  bool has_second_factor = false;
  store::Rights rights;                               ///< Of who really asks.
  bool token_writes = true;                           ///< Whether a token's scopes let it change something.
  bool token_sees_calls = true;                       ///< Whether a token's scopes let it read who called whom.
  const outbound::AddressPolicy* carriers = nullptr;  ///< Where its carriers' servers may be; outlives it.
  std::string acting_for;                             ///< What the request was narrowed to: "brand ID", "customer ID".

  bool is_emulated() const { return actor.emulated_by != 0; }
};

inline Caller caller_of(const store::Login& login) {
  Caller caller{.role = login.role,
                .scope = {login.brand, login.customer, {}},
                .actor = {.login = login.id, .name = login.name, .role = login.role, .emulated_by_name = {}, .source = {}},
                .csrf = {},
                .rights = login.rights,
                .acting_for = {}};
  if (login.role == store::Role::user) caller.scope.user = Id<model::User>{login.id};
  return caller;
}

}  // namespace carillon::api

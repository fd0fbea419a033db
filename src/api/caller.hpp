// SPDX-License-Identifier: GPL-3.0-or-later
// Who asks: the login behind a request and what it may see.
#pragma once

#include "model/user.hpp"
#include "store/logins.hpp"

namespace carillon::api {

struct Caller {
  store::Role role{};
  store::Scope scope;
  Id<model::User> user;  ///< Whose calls alone are shown; none for administrators.
  std::string name;      ///< What it logged in with.
  std::string source;    ///< The address its request came from.
  std::string emulated;  ///< For whom it acts, when for somebody else.
};

inline Caller caller_of(const store::Login& login) {
  Caller caller{.role = login.role,
                .scope = {login.brand, login.customer, {}},
                .user = {},
                .name = login.name,
                .source = {},
                .emulated = {}};
  if (login.role == store::Role::user) caller.user = caller.scope.user = Id<model::User>{login.id};
  return caller;
}

}  // namespace carillon::api

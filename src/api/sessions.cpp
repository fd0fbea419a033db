// SPDX-License-Identifier: GPL-3.0-or-later
// The table of sessions.
#include "api/sessions.hpp"

#include <algorithm>

#include "store/credentials.hpp"

namespace carillon::api {

Caller caller_of(const store::Login& login) {
  Caller caller{.role = login.role, .id = login.id, .name = login.name, .scope = {login.brand, login.customer}, .user = {}};
  if (login.role == store::Role::user) caller.user = Id<model::User>{login.id};
  return caller;
}

std::string Sessions::open(Caller caller, Monotonic now) {
  make_room(now);
  std::string token = "ct_";
  for (int n = 0; n < 4; ++n) token += fmt::format("{:016x}", random_bits());
  sessions_[store::token_digest(token)] = Session{.caller = std::move(caller), .opened = now, .used = now};
  return token;
}

std::optional<Caller> Sessions::find(std::string_view token, Monotonic now) {
  const auto found = sessions_.find(store::token_digest(token));
  if (found == sessions_.end()) return std::nullopt;
  Session& session = found->second;
  if (now - session.used >= idle_limit || now - session.opened >= total_limit) {
    sessions_.erase(found);
    return std::nullopt;
  }
  session.used = now;
  return session.caller;
}

void Sessions::make_room(Monotonic now) {
  if (sessions_.size() < sessions_max) return;
  std::erase_if(sessions_, [&](const auto& entry) { return now - entry.second.used >= idle_limit; });
  if (sessions_.size() < sessions_max) return;
  sessions_.erase(std::ranges::min_element(sessions_, {}, [](const auto& entry) { return entry.second.used; }));
}

}  // namespace carillon::api

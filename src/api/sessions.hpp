// SPDX-License-Identifier: GPL-3.0-or-later
// Who is behind a token. Tokens are known by their digest alone, so whoever reads our memory or a dump of it cannot use them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/user.hpp"
#include "store/logins.hpp"

namespace carillon::api {

/// A login, and what it may see.
struct Caller {
  store::Role role{};
  std::int64_t id = 0;  ///< Of the administrator or user.
  std::string name;
  store::Scope scope;
  Id<model::User> user;  ///< Whose calls alone are shown; none for administrators.
};

Caller caller_of(const store::Login& login);

/// All sessions of this process. Bounded: when full, the one unused for longest ends.
class Sessions {
 public:
  static constexpr std::size_t sessions_max = 10'000;
  static constexpr Duration idle_limit = 30min;
  static constexpr Duration total_limit = 12h;

  /// Returns the token: 256 random bits. It is not kept.
  std::string open(Caller caller, Monotonic now);
  /// Whose token it is, if the session has not ended. Counts as use.
  std::optional<Caller> find(std::string_view token, Monotonic now);
  std::size_t size() const { return sessions_.size(); }

 private:
  struct Session {
    Caller caller;
    Monotonic opened;
    Monotonic used;
  };
  void make_room(Monotonic now);
  std::unordered_map<std::string, Session> sessions_;  ///< By the digest of the token.
};

}  // namespace carillon::api

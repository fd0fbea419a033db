// SPDX-License-Identifier: GPL-3.0-or-later
// Who is logged in, and by which tokens programs come. Tokens are known by their digest alone, so whoever reads the database
// cannot use them.
#pragma once

#include "model/sign_in.hpp"
#include "store/logins.hpp"

namespace carillon::store {

constexpr Duration session_idle_limit = 30min;
constexpr Duration session_total_limit = 12h;
constexpr std::int64_t sessions_per_login_max = 100;  ///< The one that was used least lately gives way; nobody else's does.
constexpr std::int64_t api_tokens_per_login_max = 50;

/// Somebody whom a login acts for: a brand, a customer or a user. With role platform: nobody.
struct ActsFor {
  Role role{};
  std::int64_t id = 0;
};

struct NewSession {
  std::string_view token;
  std::int64_t login = 0;
  bool by_cookie = false;
  std::string source = {};      ///< The address it comes from.
  std::string user_agent = {};  ///< At most 255 bytes are kept.
  ActsFor acts_for = {};
};

/// Whose token it is.
struct Session {
  std::int64_t id = 0;
  bool by_cookie = false;
  Login owner;                    ///< Without the password's hash.
  std::optional<Login> acts_for;  ///< As if whom it acts for had logged in; `id` is the brand's, customer's or user's.
};

/// Notes a session. Those whose time is over are removed, and when there are too many, the ones unused for longest.
Result<> open_session(Database& database, const NewSession& session, Instant now);

/// None when it is unknown, its time is over, its owner is not active any more, or whom it acts for is out of the owner's reach.
/// Counts as use, which is written down once a minute.
Result<std::optional<Session>> find_session(Database& database, std::string_view token, Instant now);

/// Whom `owner` may act for: a brand, customer or active user below it. None: somebody else's, or there is none.
Result<std::optional<Login>> find_acted_for(Database& database, const Login& owner, const ActsFor& acts_for);

Result<std::vector<model::Session>> list_sessions(Database& database, std::int64_t login, Instant now);
/// Ends one of the login's sessions; `not_found` when it has no such.
Result<> end_session(Database& database, std::int64_t login, std::int64_t id);

/// Ends those of a person, or of everybody of a customer.
Result<> end_sessions_of(Database& database, Id<model::User> user);
Result<> end_sessions_of(Database& database, Id<model::Customer> customer);

/// Keeps a token, under its digest, for the login that it names. `constraint` when the login has too many.
Result<> add_api_token(Database& database, model::ApiToken& token, Instant now);
struct FoundToken {
  model::ApiToken token;
  Login owner;  ///< Without the password's hash.
};
/// None when it is unknown or its time is over, or its owner is not active any more. Counts as use, like a session's.
Result<std::optional<FoundToken>> find_api_token(Database& database, std::string_view token, Instant now);
Result<std::vector<model::ApiToken>> list_api_tokens(Database& database, std::int64_t login);
Result<> remove_api_token(Database& database, std::int64_t login, std::int64_t id);

}  // namespace carillon::store

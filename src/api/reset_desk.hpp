// SPDX-License-Identifier: GPL-3.0-or-later
// Forgotten passwords: whoever asks for a link is answered before anybody looks whether there is such a login.
#pragma once

#include <optional>
#include <string>

#include "api/database_thread.hpp"
#include "api/login_guard.hpp"
#include "api/problem.hpp"
#include "store/password_resets.hpp"

namespace carillon::api {

class ResetDesk {
 public:
  static constexpr std::size_t under_way_max = 64;  ///< More are `busy`.

  /// The database and the sealer must outlive it.
  ResetDesk(Loop& loop, DatabaseThread& database, const store::Sealer& sealer, std::string portal_url);

  /// Has a link sent to whoever has that name, if anybody; returns at once. Token and address of the link are the desk's.
  /// Problems: `too_many_tries`, `busy`.
  std::optional<Problem> request(store::ResetRequest wanted, const std::string& source);

  /// Has the owner of a new login without a password sent a link to choose one; returns at once.
  void invite(std::int64_t login, Id<model::Brand> brand);
  /// Whether that brand's people may have another mail of this kind sent: so many an hour, whoever they go to.
  bool may_mail(Id<model::Brand> brand);

 private:
  Task<> send(store::ResetRequest request);

  Loop& loop_;
  DatabaseThread& database_;
  const store::Sealer& sealer_;
  std::string portal_url_;
  LoginGuard guard_;
  struct Mailed {
    Monotonic since{};
    int count = 0;
  };
  std::unordered_map<std::int64_t, Mailed> mailed_;  ///< By brand.
  Scope scope_;                                      ///< Last: its tasks use the others.
};

/// 256 random bits behind a recognisable beginning.
std::string make_token(std::string_view prefix);

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// Checking a name and password: known and unknown names take the same way and the same time, and no flood of logins takes more
// than two processors' worth of hashing or delays anything else.
#pragma once

#include <array>
#include <expected>
#include <string>

#include "api/database_thread.hpp"
#include "api/login_guard.hpp"
#include "api/problem.hpp"
#include "base/metrics.hpp"
#include "store/credentials.hpp"
#include "store/portals.hpp"
#include "store/seal.hpp"

namespace carillon::api {

/// What somebody says to prove who they are.
struct LoginAttempt {
  std::string name;
  Secret password;
  std::string code = {};  ///< Of the second factor.
  Id<model::Brand> brand = {};
  store::PortalHost portal = {};  ///< Says the brand when nobody else does.
  std::string source = {};
  std::int64_t known = 0;  ///< Of somebody who is logged in already, in place of the name: who says it again for something grave.
  bool skips_code = false;  ///< The password is enough.
};

class LoginDesk {
 public:
  static constexpr std::size_t notes_max = 2000;  ///< Failures that wait to be written down.
  static constexpr std::size_t waiting_max = 16;  ///< Per hashing thread; more are `busy`.

  /// The database and the sealer must outlive it. `cost` is what the hashes in it were made with.
  LoginDesk(Loop& loop, DatabaseThread& database, const store::Sealer& sealer, store::HashCost cost)
      : loop_(loop), database_(database), sealer_(sealer), cost_(cost), scope_(loop, on_broken) {}

  /// Problems: `wrong_login`, whatever the reason; `code_wanted` when the password was right and no code was said;
  /// `too_many_tries`; `busy`.
  Task<std::expected<store::Login, Problem>> check(LoginAttempt attempt);

  /// The hash of a new password; `busy`.
  Task<std::expected<Secret, Problem>> hash(Secret password);

 private:
  struct Verified {
    bool is_right = false;
    Secret renewed;  ///< When the hash was made at another cost.
  };
  Task<std::expected<Verified, Problem>> verify(store::Login login, Secret password);
  Task<std::expected<void, Problem>> check_code(store::Login login, std::string code, std::string source);
  /// In the audit log; nobody waits for it, so a name that exists takes no longer than one that does not.
  void note_failure(const store::Login& login, const std::string& source);
  Task<> write_failure(store::Login login, std::string source);
  static void on_broken(const Broken& broken);
  std::optional<Problem> slow_down(Duration wait);
  Worker& worker();

  Loop& loop_;
  DatabaseThread& database_;
  const store::Sealer& sealer_;
  store::HashCost cost_;
  LoginGuard guard_;
  LoginGuard code_guard_;  ///< Of one account, from wherever: who gets here knows its password.
  metrics::Counter succeeded_{"carillon_logins_total", "Logins to the API", {{"result", "ok"}}};
  metrics::Counter failed_{"carillon_logins_total", "Logins to the API", {{"result", "failed"}}};
  metrics::Counter slowed_{"carillon_logins_total", "Logins to the API", {{"result", "too_many_tries"}}};
  std::array<Worker, 2> hashing_{
      {Worker({.name = "hashing-1", .capacity = waiting_max}), Worker({.name = "hashing-2", .capacity = waiting_max})}};
  Scope scope_;  ///< Last: its tasks use the others.
};

}  // namespace carillon::api

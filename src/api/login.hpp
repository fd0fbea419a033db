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
#include "store/logins.hpp"

namespace carillon::api {

class LoginDesk {
 public:
  static constexpr std::size_t waiting_max = 16;  ///< Per hashing thread; more are `busy`.

  /// The database must outlive it. `cost` is what the hashes in it were made with.
  LoginDesk(Loop& loop, DatabaseThread& database, store::HashCost cost) : loop_(loop), database_(database), cost_(cost) {}

  /// Problems: `wrong_login`, whatever the reason; `too_many_tries`; `busy`.
  Task<std::expected<store::Login, Problem>> check(std::string name, Secret password, std::string source);

  /// On one of the hashing threads. Problem: `busy`.
  Task<std::expected<Secret, Problem>> hash(Secret password);

 private:
  Worker& idler();
  Loop& loop_;
  DatabaseThread& database_;
  store::HashCost cost_;
  LoginGuard guard_;
  metrics::Counter succeeded_{"carillon_logins_total", "Logins to the API", {{"result", "ok"}}};
  metrics::Counter failed_{"carillon_logins_total", "Logins to the API", {{"result", "failed"}}};
  metrics::Counter slowed_{"carillon_logins_total", "Logins to the API", {{"result", "too_many_tries"}}};
  std::array<Worker, 2> hashing_{
      {Worker({.name = "hashing-1", .capacity = waiting_max}), Worker({.name = "hashing-2", .capacity = waiting_max})}};
};

}  // namespace carillon::api

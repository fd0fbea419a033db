// SPDX-License-Identifier: GPL-3.0-or-later
// The database waits for disks, so it has a thread of its own; the loop awaits its answers.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/worker.hpp"
#include "store/connection.hpp"

namespace carillon::api {

/// One connection, which writes sessions and nothing else. It must end before its loop.
class DatabaseThread {
 public:
  static constexpr std::size_t waiting_max = 256;  ///< More fail with `busy`.
  static constexpr Duration patience = 700ms;      ///< What takes longer fails with `busy`: its answer is of no use any more.

  DatabaseThread(Loop& loop, std::string url, std::filesystem::path data_dir)
      : loop_(loop),
        connection_(std::make_unique<store::Connection>(std::move(url), std::move(data_dir), store::Access::write)) {}

  /// Runs `work(store::Database&)`, which returns a Result, on the thread. Whatever it asks for, it sees the rows of `scope`
  /// alone where the database keeps tenants apart itself.
  template <class F, class R = std::invoke_result_t<F&, store::Database&>>
  Task<R> run(store::Scope scope, F work, Duration most = patience) {
    auto on_thread = [connection = connection_.get(), scope, work = std::move(work)]() mutable -> R {
      CARILLON_TRY(database, connection->get(scope));
      return work(*database);
    };
    std::optional<std::optional<R>> result = co_await with_deadline(loop_, most, run_on(worker_, loop_, std::move(on_thread)));
    if (!result) co_return failure(store::Fault::busy, "the database does not answer");
    if (!*result) co_return failure(store::Fault::busy, "too many queries are waiting");
    co_return **std::move(result);
  }

 private:
  Loop& loop_;
  std::unique_ptr<store::Connection> connection_;  ///< Touched by the thread alone.
  Worker worker_{{.name = "database", .capacity = waiting_max}};
};

}  // namespace carillon::api

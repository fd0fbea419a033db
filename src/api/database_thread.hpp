// SPDX-License-Identifier: GPL-3.0-or-later
// The database waits for disks, so it has a thread of its own; the loop awaits its answers.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/worker.hpp"
#include "store/database.hpp"

namespace carillon::api {

/// One connection, which writes sessions and nothing else. Opened when first used, and again when that failed. It must end before
/// its loop.
class DatabaseThread {
 public:
  static constexpr std::size_t waiting_max = 256;  ///< More fail with `busy`.
  static constexpr Duration patience = 700ms;      ///< What takes longer fails with `busy`: its answer is of no use any more.

  DatabaseThread(Loop& loop, std::string url, std::filesystem::path data_dir)
      : loop_(loop), store_(std::make_unique<Store>(std::move(url), std::move(data_dir))) {}

  /// Runs `work(store::Database&)`, which returns a Result, on the thread.
  template <class F, class R = std::invoke_result_t<F&, store::Database&>>
  Task<R> run(F work) {
    auto on_thread = [store = store_.get(), work = std::move(work)]() mutable -> R {
      CARILLON_CHECK(store->open());
      return work(*store->database);
    };
    std::optional<std::optional<R>> result =
        co_await with_deadline(loop_, patience, run_on(worker_, loop_, std::move(on_thread)));
    if (!result) co_return failure(store::Fault::busy, "the database does not answer");
    if (!*result) co_return failure(store::Fault::busy, "too many queries are waiting");
    co_return **std::move(result);
  }

 private:
  /// Touched by the thread alone.
  struct Store {
    Store(std::string its_url, std::filesystem::path its_data_dir) : url(std::move(its_url)), data_dir(std::move(its_data_dir)) {}
    Result<> open();
    std::string url;
    std::filesystem::path data_dir;
    std::unique_ptr<store::Database> database;
  };

  Loop& loop_;
  std::unique_ptr<Store> store_;
  Worker worker_{{.name = "database", .capacity = waiting_max}};
};

}  // namespace carillon::api

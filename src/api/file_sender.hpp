// SPDX-License-Identifier: GPL-3.0-or-later
// Sends the files of jobs, a part at a time, as fast as each client takes them.
#pragma once

#include "api/database_thread.hpp"
#include "api/shares.hpp"
#include "base/task.hpp"
#include "model/job.hpp"
#include "net/http_server.hpp"
#include "store/jobs.hpp"

namespace carillon::api {

class FileSender {
 public:
  /// All must outlive it.
  FileSender(Loop& loop, DatabaseThread& files, const store::Sealer& sealer);

  /// Whether one more may be begun for that tenant.
  bool has_room(const store::Scope& whose) const { return under_way_.has_room(whose); }
  /// Returns at once. A client that takes nothing for long, and one whose file goes away meanwhile, is cut off.
  void send(model::Job job, store::Scope whose, net::HttpStream stream);

 private:
  Task<> work(model::Job job, store::Scope whose, net::HttpStream stream);
  Task<Result<std::optional<std::string>>> next_part(const model::Job& job, const store::Scope& whose, std::int64_t n);
  Task<bool> drain(net::HttpStream& stream);

  Loop& loop_;
  DatabaseThread& files_;
  const store::Sealer& sealer_;
  Shares under_way_{10};  ///< Downloads.
  Scope scope_;           ///< Last: its tasks use the others.
};

}  // namespace carillon::api

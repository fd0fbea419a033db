// SPDX-License-Identifier: GPL-3.0-or-later
// Sends the files of jobs, a part at a time, as fast as each client takes them.
#pragma once

#include "api/database_thread.hpp"
#include "base/task.hpp"
#include "model/job.hpp"
#include "net/http_server.hpp"
#include "store/seal.hpp"

namespace carillon::api {

class FileSender {
 public:
  /// All must outlive it.
  FileSender(Loop& loop, DatabaseThread& files, const store::Sealer& sealer);

  /// Returns at once. A client that takes nothing for long, and one whose file goes away meanwhile, is cut off.
  void send(model::Job job, store::Scope whose, net::HttpStream stream);

 private:
  Task<> work(model::Job job, store::Scope whose, net::HttpStream stream);
  Task<bool> drain(net::HttpStream& stream);

  Loop& loop_;
  DatabaseThread& files_;
  const store::Sealer& sealer_;
  Scope scope_;  ///< Last: its tasks use the others.
};

}  // namespace carillon::api

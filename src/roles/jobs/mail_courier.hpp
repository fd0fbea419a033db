// SPDX-License-Identifier: GPL-3.0-or-later
// Empties the outbox for as long as the process runs, one mail after the other.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "base/task.hpp"
#include "base/worker.hpp"
#include "store/outbox.hpp"

namespace carillon::roles {

class MailCourier {
 public:
  struct Options {
    std::string database_url;
    std::filesystem::path data_dir;
    store::Sealer sealer;
    /// Hands a mail to a server; it may wait, on a thread of its own.
    std::function<store::Delivery(const store::Mail&)> send;
    Duration poll_interval = 2s;
    Duration retry_interval = 5s;  ///< While the database does not answer.
  };

  MailCourier(Loop& loop, Options options);
  MailCourier(const MailCourier&) = delete;
  MailCourier& operator=(const MailCourier&) = delete;
  ~MailCourier();  ///< Waits for the mail under way.

  void start();

 private:
  class Outbox;
  Task<> keep();

  Loop& loop_;
  Options options_;
  std::unique_ptr<Outbox> outbox_;  ///< Touched by the worker alone.
  metrics::Counter sent_{"carillon_mails_total", "Mails that were handed to the server", {{"result", "sent"}}};
  metrics::Counter refused_{"carillon_mails_total", "Mails that were handed to the server", {{"result", "refused"}}};
  metrics::Counter later_{"carillon_mails_total", "Mails that were handed to the server", {{"result", "later"}}};
  Worker worker_;
  Scope scope_;  ///< Last: its task uses the others.
};

}  // namespace carillon::roles

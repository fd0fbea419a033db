// SPDX-License-Identifier: GPL-3.0-or-later
// The journal of a signalling process: shards hand records over by value, one thread writes and flushes them together, and whoever waits
// is told when they are on disk (ruling 2). The registration logs share the thread, without waiting for the disk (ruling 12).
#pragma once

#include <array>
#include <filesystem>
#include <memory>

#include "base/metrics.hpp"
#include "base/worker.hpp"
#include "call/ports.hpp"
#include "journal/registration_log.hpp"
#include "journal/writer.hpp"
#include "registrar/registrar.hpp"

namespace carillon::roles {

class JournalWriter final : public call::JournalSink, public registrar::Registrar::Log {
 public:
  /// Opens the journal and the registration logs, and hands over what the logs hold. Synchronous: before the loop runs.
  static Result<std::unique_ptr<JournalWriter>> open(Loop& loop, const std::filesystem::path& journal,
                                                     const std::filesystem::path& registrations,
                                                     const std::function<void(journal::Registration)>& replay);
  /// Writes everything that is waiting.
  ~JournalWriter();

  void append(journal::Record record) override;
  Task<bool> commit(journal::Record record) override;
  void append(std::uint8_t slot, const journal::Registration& record) override;

  /// Compacts the log of a slot if it has grown; call it now and then with the live bindings.
  void compact(std::uint8_t slot, std::vector<journal::Registration> live);

  /// False when the last flush failed: the platform takes no calls that it can't record.
  bool is_healthy() const;

 private:
  class Disk;
  explicit JournalWriter(Loop& loop);
  void flush();
  void on_durable(std::uint64_t ticket, bool is_durable);

  struct Waiter {
    std::uint64_t ticket;
    Promise<bool> promise;
  };
  struct Batch;
  Loop& loop_;
  std::shared_ptr<Disk> disk_;
  std::unique_ptr<Batch> batch_;  ///< What was handed over in this turn.
  std::uint64_t last_ticket_ = 0;
  std::vector<Waiter> waiters_;
  std::size_t under_way_ = 0;
  Timer flush_;
  metrics::Counter lost_{"carillon_journal_lost_total", "Records that found no room because the disk did not answer"};
  std::unique_ptr<Worker> worker_;
};

}  // namespace carillon::roles

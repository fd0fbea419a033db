// SPDX-License-Identifier: GPL-3.0-or-later
// The journal of a signalling process: its shard hands records over by value, one thread writes and flushes them together, and
// whoever waits is told when they are on disk (ruling 2). The registration logs share the thread, without waiting for the disk
// (ruling 12).
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/metrics.hpp"
#include "base/worker.hpp"
#include "call/ports.hpp"
#include "registrar/registrar.hpp"

namespace carillon::roles {

class JournalWriter final : public call::JournalSink, public registrar::Registrar::Log {
 public:
  struct Paths {
    std::filesystem::path journal;
    std::filesystem::path registrations;
  };

  /// Opens the journal, ends the calls that it has open, and opens all registration logs and hands over what they hold.
  /// Synchronous: before the loop runs.
  static Result<std::unique_ptr<JournalWriter>> open(Loop& loop, const Paths& paths,
                                                     const std::function<void(const journal::Registration&)>& replay);
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;
  /// Writes everything that is waiting.
  ~JournalWriter();

  void append(journal::Record record) override;
  Task<bool> commit(journal::Record record) override;
  void append(std::uint8_t slot, const journal::Registration& record, std::size_t live) override;

  /// The live bindings of a slot, asked for when its log is due for compaction.
  void set_live(std::function<std::vector<journal::Registration>(std::uint8_t slot)> live) { live_ = std::move(live); }

  /// False while the last flush has failed.
  bool is_healthy() const { return is_healthy_; }

 private:
  class Disk;
  struct Batch;
  struct Waiter {
    std::uint64_t batch;
    Monotonic deadline;
    Promise<bool> promise;
  };
  struct Outcome;

  explicit JournalWriter(Loop& loop);
  Batch& batch(Duration patience);
  void flush();
  void on_written(Outcome outcome);
  void give_up();

  Loop& loop_;
  std::shared_ptr<Disk> disk_;      ///< Touched by the worker alone once it runs.
  std::unique_ptr<Batch> filling_;  ///< Handed over since the last flush.
  std::uint64_t filling_number_ = 1;
  bool is_writing_ = false;
  bool is_healthy_ = true;
  std::deque<Waiter> waiters_;  ///< In the order of their deadlines.
  std::function<std::vector<journal::Registration>(std::uint8_t)> live_;
  Timer flush_;
  Timer give_up_;
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);  ///< For answers of the worker that come too late.
  metrics::Counter records_{"carillon_journal_records_total", "Records handed to the journal"};
  metrics::Counter commits_{"carillon_journal_commits_total", "Flushes of the journal to disk"};
  metrics::Counter lost_{"carillon_journal_lost_total", "Records that found no room because the disk did not answer"};
  std::unique_ptr<Worker> worker_;
};

}  // namespace carillon::roles

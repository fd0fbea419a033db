// SPDX-License-Identifier: GPL-3.0-or-later
// The journal of a signalling process: shards hand records over by value, one thread writes and flushes them together, and
// whoever waits is told on its own loop when they are on disk (ruling 2). The registration logs share the thread, without waiting
// for the disk (ruling 12).
#pragma once

#include <array>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/metrics.hpp"
#include "base/worker.hpp"
#include "call/ports.hpp"
#include "pbx/notifier.hpp"
#include "registrar/registrar.hpp"
#include "roles/signalling/unfinished_calls.hpp"

namespace carillon::roles {

/// The files and the one thread that touches them.
class JournalDisk {
 public:
  struct Paths {
    std::filesystem::path journal;
    std::filesystem::path registrations;
    std::uint64_t reserve_bytes = 0;  ///< Set aside in the journal's directory for when the disk is full.
  };

  /// Opens the journal and all registration logs, and hands over what the logs hold. Synchronous: before any loop runs.
  static Result<std::unique_ptr<JournalDisk>> open(const Paths& paths,
                                                   const std::function<void(const journal::Registration&)>& replay,
                                                   const std::function<void(const journal::Subscription&)>& subscriptions = {});
  /// The calls that the last process left: to be asked for once, after open().
  UnfinishedCalls take_unfinished() { return std::move(unfinished_); }
  JournalDisk(const JournalDisk&) = delete;
  JournalDisk& operator=(const JournalDisk&) = delete;
  /// Writes everything that is waiting.
  ~JournalDisk();

 private:
  friend class JournalWriter;
  class Files;
  struct Batch;
  struct Outcome;
  /// Called on the disk's thread.
  using Done = std::move_only_function<void(Outcome outcome)>;

  JournalDisk();
  /// Batches that wait together become one flush. False when too many wait.
  [[nodiscard]] bool submit(std::unique_ptr<Batch> batch, Done done);

  UnfinishedCalls unfinished_;
  bool starts_short_ = false;     ///< There was no room for the reserve.
  std::unique_ptr<Files> files_;  ///< Touched by the worker alone once it runs.
  std::unique_ptr<Worker> worker_;
};

/// One shard's way to the disk.
class JournalWriter final : public call::JournalSink, public registrar::Registrar::Log, public pbx::Notifier::Log {
 public:
  /// Both outlive the writer, and the loop outlives the disk, which answers there. Destroyed on the loop's thread, or when that
  /// runs no more.
  JournalWriter(Loop& loop, JournalDisk& disk);
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;
  /// Hands over everything that is waiting.
  ~JournalWriter();

  void append(journal::Record record) override;
  Task<bool> commit(journal::Record record) override;
  bool has_room() const override { return is_healthy() && !is_short_; }
  void append(std::uint8_t slot, const journal::Registration& record, std::size_t live) override;
  void append(std::uint8_t slot, const journal::Subscription& record, std::size_t live) override;

  /// Tells every live binding of a slot, when its log is due for compaction.
  using ListLive = std::function<void(std::uint8_t slot, const std::function<void(const journal::Registration&)>& each)>;
  void set_list_live(ListLive list_live) { list_live_ = std::move(list_live); }

  using ListSubscriptions = std::function<void(std::uint8_t slot, const std::function<void(const journal::Subscription&)>& each)>;
  void set_list_subscriptions(ListSubscriptions list) { list_subscriptions_ = std::move(list); }

  /// False while flushes fail, again and again.
  bool is_healthy() const { return failures_ < failures_max; }
  /// True while the disk is full and the journal lives on its reserve.
  bool is_short() const { return is_short_; }

 private:
  static constexpr unsigned failures_max = 3;
  struct Waiter {
    std::uint64_t batch;
    Monotonic deadline;
    Promise<bool> promise;
  };

  JournalDisk::Batch& batch(Duration patience);
  void flush();
  void on_written(std::uint64_t number, const JournalDisk::Outcome& outcome);
  void give_up();
  void look();

  Loop& loop_;
  JournalDisk& disk_;
  std::unique_ptr<JournalDisk::Batch> filling_;  ///< Handed over since the last flush.
  std::uint64_t filling_number_ = 1;
  bool is_writing_ = false;
  unsigned failures_ = 0;  ///< Of flushes in a row.
  bool is_short_ = false;
  std::deque<Waiter> waiters_;  ///< In the order of their deadlines.
  ListLive list_live_;
  ListSubscriptions list_subscriptions_;
  struct Live {
    std::size_t bindings = 0;
    std::size_t subscriptions = 0;
  };
  std::array<Live, 256> live_{};  ///< Of each slot.
  Timer flush_;
  Monotonic flush_at_{};
  Timer give_up_;
  Timer look_;
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);  ///< For answers of the disk that come too late.
  metrics::Counter records_{"carillon_journal_records_total", "Records handed to the journal"};
  metrics::Counter late_{"carillon_journal_late_total", "Records that were not on disk within two seconds, so that a call ended"};
  metrics::Counter lost_{"carillon_journal_lost_total", "Records that found no room because the disk did not answer"};
};

}  // namespace carillon::roles

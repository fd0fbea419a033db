// SPDX-License-Identifier: GPL-3.0-or-later
// Follows the journal into the database for as long as the process runs, whatever happens to either.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "base/task.hpp"
#include "base/worker.hpp"
#include "billing/record_writer.hpp"
#include "store/database.hpp"

namespace carillon::roles {

class RecordKeeper {
 public:
  struct Options {
    std::string database_url;
    std::filesystem::path data_dir;
    std::filesystem::path journal;
    std::string journal_name = "local";
    std::optional<store::Sealer> sealer = {};  ///< Of mails; none: nobody is mailed.
    Duration poll_interval = 100ms;
    Duration first_retry = 1s;
    Duration longest_retry = 4s;  ///< What an outage lasts longer for it at most.
    Duration patience = 5s;       ///< How long the database may take for one step before that is told.
    /// Told whether records can be stored; the reason is empty when they can.
    std::function<void(std::string reason)> on_state;
  };

  RecordKeeper(Loop& loop, Options options);
  RecordKeeper(const RecordKeeper&) = delete;
  RecordKeeper& operator=(const RecordKeeper&) = delete;
  ~RecordKeeper();

  void start();
  /// Stores what is in the journal now, then calls `done`. At the first error it stops trying.
  void finish(std::function<void()> done);

 private:
  class Store;
  Task<> keep();
  void note_success(const billing::RecordWriter::Progress& progress);
  Duration note_failure(const Error& error);
  void note_lateness();
  void note_lag();
  Task<> pause(Duration time);
  Task<> wake();

  Loop& loop_;
  Options options_;
  std::unique_ptr<Store> store_;  ///< Touched by the worker alone.
  std::function<void()> done_;
  Duration retry_ = Duration::zero();
  billing::RecordWriter::Progress noted_;
  Monotonic caught_up_;
  metrics::Counter stored_{"carillon_records_stored_total", "Call records stored"};
  metrics::Counter orphans_{"carillon_records_orphaned_total", "Ended calls whose beginning was not in the journal"};
  metrics::Counter set_aside_{"carillon_records_set_aside_total", "Records in the table records_set_aside"};
  metrics::Counter failures_{"carillon_records_failures_total", "Times that records could not be stored"};
  metrics::Counter alarms_{"carillon_limit_alarms_total", "Customers told of since they began too many calls within a minute"};
  metrics::Gauge open_{"carillon_records_open", "Calls in the journal that have not ended"};
  metrics::Gauge lag_{"carillon_records_lag_seconds", "Time since every ended call was stored"};
  Timer late_;
  Signal woken_;
  Worker worker_;
  Scope scope_;  ///< Last: its task uses the others.
};

}  // namespace carillon::roles

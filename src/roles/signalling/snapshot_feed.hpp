// SPDX-License-Identifier: GPL-3.0-or-later
// Brings configuration from the database to the shard: a thread of its own polls the change number and posts each new snapshot,
// so that the call path never waits for the database (rulings 14, 15). The file of countries comes the same way.
#pragma once

#include <functional>
#include <memory>

#include "base/configuration.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "base/worker.hpp"
#include "directory/snapshot.hpp"

namespace carillon::roles {

class SnapshotFeed {
 public:
  using Done = std::move_only_function<void(Result<>)>;
  using Take = std::function<void(std::shared_ptr<const directory::Snapshot>)>;

  /// `take` is called on the loop with the first snapshot and with every later one. Until the database can be read it is tried
  /// again each interval, with one log line per kind of trouble.
  SnapshotFeed(Loop& loop, const Configuration& configuration, Take take);
  SnapshotFeed(const SnapshotFeed&) = delete;
  SnapshotFeed& operator=(const SnapshotFeed&) = delete;
  ~SnapshotFeed();

  /// Polls now instead of at the next interval.
  void hurry();
  /// Reads the file of countries again, changed or not, and says on the loop whether that went well.
  void reload(Done done);

 private:
  class Source;
  struct Polled;
  void poll(Done done = {});
  void on_polled(Polled polled);

  Loop& loop_;
  Take take_;
  std::shared_ptr<Source> source_;
  Timer poll_;
  bool is_polling_ = false;
  std::string trouble_;
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
  metrics::Gauge change_{"carillon_snapshot_change", "Number of the last configuration change in force"};
  metrics::Counter failed_{"carillon_snapshot_failed_total", "Times that new configuration could not be loaded"};
  metrics::Counter no_countries_{"carillon_country_database_failures_total",
                                 "Times that the file of countries could not be read"};
  std::unique_ptr<Worker> worker_;
};

}  // namespace carillon::roles

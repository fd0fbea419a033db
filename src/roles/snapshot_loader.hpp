// SPDX-License-Identifier: GPL-3.0-or-later
// Between database and call path: loads snapshots and follows the change feed. Synchronous; run it on a worker thread and post
// the root to the shards.
#pragma once

#include "directory/builder.hpp"
#include "store/database.hpp"

namespace carillon::roles {

/// The whole platform as of one change number.
Result<std::shared_ptr<const directory::Snapshot>> load_snapshot(store::Database& database);

/// Keeps a snapshot up to date. Poll every 250 ms.
class SnapshotFollower {
 public:
  /// Loads everything.
  static Result<SnapshotFollower> start(store::Database& database);

  const std::shared_ptr<const directory::Snapshot>& current() const { return current_; }

  /// Where addresses are, from now on: makes the next root from what is current.
  Result<> set_countries(std::shared_ptr<const directory::CountryDatabase> countries);

  /// Reads the change number; when it moved, rebuilds the customers and brands concerned and returns the new root, else null. On
  /// an error the old snapshot stays, and the next poll tries again, by another connection if need be: alarm while it lasts.
  Result<std::shared_ptr<const directory::Snapshot>> poll(store::Database& database);

 private:
  explicit SnapshotFollower(std::shared_ptr<const directory::Snapshot> first) : current_(std::move(first)) {}
  std::shared_ptr<const directory::Snapshot> current_;
};

}  // namespace carillon::roles

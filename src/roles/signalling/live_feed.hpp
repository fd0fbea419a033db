// SPDX-License-Identifier: GPL-3.0-or-later
// Tells other processes what changes in the live lists: what the shards publish goes to everybody who watches, and the shards
// publish only while somebody does.
#pragma once

#include <memory>
#include <vector>

#include "control/server.hpp"
#include "roles/signalling/shards.hpp"

namespace carillon::roles {

/// Of the home loop's thread.
class LiveFeed {
 public:
  static constexpr std::size_t watchers_max = 8;  ///< Processes at once; more are answered `busy` by their watch's end.

  /// The shards and the methods outlive it, and nothing is asked of the methods after it.
  LiveFeed(Loop& home, control::Methods& methods, Shards& shards);
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;
  ~LiveFeed() { *is_alive_ = false; }

 private:
  using Watcher = control::Watcher<control::EventsWatch>;
  void add(Watcher watcher);
  void turn_on();
  void take(const LiveNews::Batch& batch);
  void sweep();

  Loop& home_;
  Shards& shards_;
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);  ///< For what comes too late; of the home's thread.
  std::vector<Watcher> watchers_;
  bool is_on_ = false;  ///< All shards publish.
  Timer sweep_;
};

}  // namespace carillon::roles

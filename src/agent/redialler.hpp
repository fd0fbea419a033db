// SPDX-License-Identifier: GPL-3.0-or-later
// A dialog outlives the connection that it began on (RFC 3261 §18.1.1): when there is something to say to a carrier and the
// connection is gone, another one is made to the same place, and its dialogs go on there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/router.hpp"

namespace carillon::agent {

/// To the peer that spoke by this flow and has this Contact.
Way way_back(const net::Flow& flow, std::string_view contact);

class Redialler {
 public:
  class User {
   public:
    /// What was on the way by `old` goes by `now`.
    virtual void on_redialled(const net::Flow& old, const net::Flow& now) = 0;
    /// It goes nowhere.
    virtual void on_not_redialled(const net::Flow& old) = 0;

   protected:
    ~User() = default;
  };

  static constexpr std::size_t waiting_max = 64 * 1024;  ///< Bytes for one connection.

  /// Both outlive it.
  Redialler(Streams& streams, User& user) : streams_(streams), user_(user) {}

  /// Where the peer of this flow is found when the connection is gone, until forget(). What was said first holds.
  void know(const net::Flow& flow, Way way);
  void forget(const net::Flow& flow) { ways_.erase(flow); }
  bool knows(const net::Flow& flow) const { return ways_.contains(flow); }
  /// What could not be sent by the flow: it waits for a new connection. False when no way is known, or too much waits.
  bool send(const net::Flow& flow, std::string_view bytes);

 private:
  struct Known {
    Way way;
    std::vector<std::string> waiting;  ///< Not empty: a connection is being made.
    std::size_t bytes = 0;
  };
  void finish(const net::Flow& flow, const Result<net::Flow>& result);

  Streams& streams_;
  User& user_;
  std::map<net::Flow, Known> ways_;  ///< No more than there are connections and dialogs.
};

}  // namespace carillon::agent

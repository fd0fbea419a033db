// SPDX-License-Identifier: GPL-3.0-or-later
// What systemd is told when it has started us: that the node is ready, that it is alive, that it stops. The protocol is a
// datagram of lines to a local socket, promised to stay as it is (sd_notify(3), "Notes").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace carillon::roles {

class ServiceManager {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and takes them out of the environment: they are not meant for our
  /// children. Before the first thread. Nothing is told when nobody asks.
  static ServiceManager from_environment();

  /// A state as of sd_notify(3), such as "READY=1". Never waits; what cannot be told is left out.
  void tell(std::string_view state) const;

  /// How often it must hear "WATCHDOG=1", or else it ends and restarts us; half of what it allows. Nothing: it does not watch.
  std::optional<Duration> watchdog_interval() const { return watchdog_interval_; }

 private:
  std::string socket_;
  std::optional<Duration> watchdog_interval_;
};

}  // namespace carillon::roles

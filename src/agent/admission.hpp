// SPDX-License-Identifier: GPL-3.0-or-later
// The door: the flood guard with its count and its line in the log. One for each thread on which messages arrive.
#pragma once

#include "agent/ban_list.hpp"
#include "agent/flood_guard.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"

namespace carillon::agent {

class Admission {
 public:
  /// `bans` gets the silences; it outlives the door.
  Admission(Loop& loop, const FloodGuard::Limits& limits, BanList& bans, std::size_t sources = 65536)
      : loop_(loop), is_on_(limits.requests != 0), guard_(limits, sources), bans_(bans) {}

  /// Whether strangers are counted at all.
  bool is_on() const { return is_on_; }
  /// Counts one request; `is_registered`: a valid registration came from this address and port.
  bool admit(const net::Address& source, bool is_registered);
  /// Somebody there proved an account; true when that was news.
  bool trust(const net::Address& source) { return guard_.trust(source, loop_.now()); }
  void forgive(const net::Address& source) { guard_.forgive(source); }

 private:
  Loop& loop_;
  bool is_on_;
  FloodGuard guard_;
  BanList& bans_;
  metrics::Counter silenced_{"carillon_sip_messages_silenced_total", "Messages of flooding sources, dropped unparsed"};
};

}  // namespace carillon::agent

// SPDX-License-Identifier: GPL-3.0-or-later
// A flood must cost less than a call: whoever sends too many requests in a short time is ignored for a while, before anything is
// parsed.
#pragma once

#include "agent/recent_table.hpp"

namespace carillon::agent {

class FloodGuard {
 public:
  /// `security.antiflood.*`; zero requests switches the guard off.
  struct Limits {
    std::uint32_t requests = 100;
    Duration window = 2s;
    Duration silence = 300s;
    std::uint32_t trusted_factor = 20;
  };
  enum class Verdict { admit, silenced, now_silenced };

  explicit FloodGuard(Limits limits, std::size_t capacity = 65536)
      : limits_(limits), sources_(limits.requests == 0 ? 8 : capacity) {}

  /// Counts one request of a source that has neither a known flow nor a valid registration. `now_silenced` comes once per
  /// silence, so that one log line tells of it. A trusted source gets a higher cap, never none (reliability T-20).
  Verdict admit(const net::Address& source, bool is_trusted, Monotonic now);
  /// An account proved itself from there: the source is trusted for a day, though a silence goes on. True when that was news, or
  /// nearly forgotten.
  bool trust(const net::Address& source, Monotonic now);
  /// Ends a silence.
  void forgive(const net::Address& source) { sources_.erase(source_key(source)); }
  Duration silence() const { return limits_.silence; }

 private:
  struct Count {
    Monotonic window_start{};
    Monotonic silent_until{};
    Monotonic trusted_until{};
    std::uint32_t requests = 0;
  };
  Limits limits_;
  RecentTable<Count> sources_;
};

}  // namespace carillon::agent

// SPDX-License-Identifier: GPL-3.0-or-later
// Which targets answered lately: a server that is down costs one call a wait, and the others go past it.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "base/time.hpp"
#include "trunk/target.hpp"

namespace carillon::trunk {

/// Known by transport and address, whatever name led there. Without a clock: whoever uses it says what time it is.
class TargetHealth {
 public:
  static constexpr Duration penalty_min = 30s;  ///< Of the first failure; it doubles with each that follows on trial,
  static constexpr Duration penalty_max = 5min;
  static constexpr Duration retry_after_max = 1h;  ///< Of what a server asks for.
  static constexpr Duration trial = 10s;           ///< After its penalty a target is tried by one call in so long.
  static constexpr Duration memory = 10min;        ///< So long after its penalty a failure is the first one again.
  static constexpr std::size_t marks_max = 4096;   ///< Beyond, the mark goes that ends first.

  /// No answer, no connection, or 503 (RFC 3261 §21.5.4), also to a probe: a server that says that it cannot is not healthy.
  /// `retry_after`: what the 503 said, else zero.
  void note_failure(const Target& target, Monotonic now, Duration retry_after = {});
  /// Any other answer.
  void note_success(const Target& target);

  bool is_healthy(const Target& target, Monotonic now) const;
  /// Healthy ones first, in their order; then the others, of which the one that failed longest ago is the likeliest. Meant for a
  /// call that will try them: what is on trial comes first for one call only.
  void order(std::vector<Target>& targets, Monotonic now);

  std::size_t size() const { return marks_.size(); }

 private:
  using Key = std::tuple<net::Transport, net::Address, std::int64_t>;
  struct Mark {
    Monotonic failed_at, until;
    Monotonic on_trial_until;
    Duration penalty{};
    bool is_over(Monotonic now) const { return now >= until && now >= on_trial_until; }
  };
  static Key key_of(const Target& target) { return {target.transport, target.address, target.server}; }
  void make_room();

  std::map<Key, Mark> marks_;
};

}  // namespace carillon::trunk

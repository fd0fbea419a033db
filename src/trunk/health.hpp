// SPDX-License-Identifier: GPL-3.0-or-later
// Which targets answered lately: a server that is down costs few calls a wait, and the others go past it (reliability R-09).
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "base/time.hpp"
#include "trunk/target.hpp"

namespace carillon::trunk {

/// A breaker for each target. It opens after two time-outs in a row, or when half of the last calls were answered by 5xx or not
/// at all. Open, it is passed by until its penalty is over; then one call in `trial` is let through, whose failure opens it
/// again. Known by transport and address, whatever name led there. Without a clock: whoever uses it says what time it is.
class TargetHealth {
 public:
  static constexpr unsigned timeouts_max = 2;   ///< In a row: one may be the network's loss.
  static constexpr unsigned calls_max = 20;     ///< Of which so many are looked back at,
  static constexpr unsigned calls_min = 10;     ///< once there are so many.
  static constexpr Duration penalty_min = 30s;  ///< The first time; it doubles each time that its trial fails,
  static constexpr Duration penalty_max = 5min;
  static constexpr Duration retry_after_max = 1h;  ///< Of what a server asks for.
  static constexpr Duration trial = 10s;           ///< After its penalty a target is tried by one call in so long.
  static constexpr Duration memory = 10min;        ///< What is older says nothing of now.
  static constexpr std::size_t marks_max = 4096;   ///< Beyond, the mark goes that is the oldest.

  /// No answer, or no connection: the network's word that nobody is there says no more than silence does.
  void note_timeout(const Target& target, Monotonic now);
  /// 5xx. `retry_after`: what a 503 said, else zero; whoever says when to come back is not asked before (RFC 3261 §21.5.4).
  void note_error(const Target& target, Monotonic now, Duration retry_after = {});
  /// Any other answer.
  void note_success(const Target& target, Monotonic now);
  /// It has answered OPTIONS: calls go there again, but the first failure opens it again.
  void note_back(const Target& target, Monotonic now);
  /// It is known to be down: to whoever asks for itself whether it is. Opens at once.
  void note_failure(const Target& target, Monotonic now, Duration retry_after = {});

  bool is_healthy(const Target& target, Monotonic now) const;
  /// Healthy ones first, in their order; then the others, of which the one that failed longest ago is the likeliest. Meant for a
  /// call that will try them: what is on trial comes first for one call only.
  void order(std::vector<Target>& targets, Monotonic now);

  std::size_t size() const { return marks_.size(); }

 private:
  using Key = std::tuple<net::Transport, net::Address, std::int64_t>;
  struct Mark {
    Monotonic heard_at;  ///< The last that became of a call there.
    Monotonic until;     ///< Open until then, if there is a penalty.
    Monotonic on_trial_until;
    Duration penalty{};    ///< Zero: closed.
    bool is_back = false;  ///< Open, but OPTIONS were answered since.
    unsigned timeouts = 0, calls = 0;
    std::bitset<calls_max> failed;  ///< The last `calls`, the latest first.
    bool is_open() const { return penalty != Duration::zero(); }
    bool is_over(Monotonic now) const { return !is_open() || is_back || (now >= until && now >= on_trial_until); }
    bool is_bad() const { return timeouts >= timeouts_max || (calls >= calls_min && failed.count() * 2 >= calls); }
    void note(bool has_failed);
  };
  static Key key_of(const Target& target) { return {target.transport, target.address, target.server}; }
  Mark& mark_of(const Target& target, Monotonic now);
  static void open(Mark& mark, Monotonic now, Duration retry_after);
  void make_room();

  std::map<Key, Mark> marks_;
};

}  // namespace carillon::trunk

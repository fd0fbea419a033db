// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a target that failed is back: OPTIONS each five seconds, so that no call has to try (reliability R-09).
#pragma once

#include <map>
#include <memory>
#include <tuple>

#include "agent/agent.hpp"
#include "trunk/health.hpp"

namespace carillon::trunk {

class Prober {
 public:
  static constexpr Duration interval = 5s;          ///< Between questions; what is not answered by the next one is a failure.
  static constexpr Duration watched_for = 10min;    ///< Of a target that stays away; its next failure begins anew.
  static constexpr std::size_t targets_max = 1024;  ///< Beyond, calls find out.

  /// Both outlive it.
  Prober(agent::Agent& agent, TargetHealth& health);
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  ~Prober();

  /// Asks the target, which has just failed, until it answers anything but 408 and 503. `way` leads there, by a connection that
  /// is made for each question if need be; answers come to the shard of this slot.
  void watch(const Target& target, const agent::Way& way, std::uint8_t slot);

  std::size_t size() const { return watches_.size(); }

 private:
  class Watch;
  using Key = std::tuple<net::Transport, net::Address, std::int64_t>;
  static Key key_of(const Target& target) { return {target.transport, target.address, target.server}; }

  agent::Agent& agent_;
  TargetHealth& health_;
  std::map<Key, std::unique_ptr<Watch>> watches_;
};

}  // namespace carillon::trunk

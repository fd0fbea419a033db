// SPDX-License-Identifier: GPL-3.0-or-later
// The story of a call to the world: the carriers of its routes are tried in their order, each by its servers, until somebody
// answers or somebody's answer is final.
#pragma once

#include "agent/agent.hpp"
#include "call/ports.hpp"
#include "trunk/server_order.hpp"

namespace carillon::trunk {

class Trunks final : public call::Outgoing {
 public:
  struct Settings {
    Duration first_sign = 4s;      ///< How long a server may say nothing at all (reliability R-09),
    Duration first_ringing = 30s;  ///< and how long no more than that it tries.
  };

  Trunks(agent::Agent& agent, Settings settings);

  Task<> enter(call::Call& call, dialplan::External external) override;
  Task<> enter(call::Call& call, dialplan::OnNet on_net) override;

 private:
  /// A way to a server from a listener of ours; nothing when there is none.
  std::optional<net::Flow> flow_to(const directory::CarrierServer& server) const;

  agent::Agent& agent_;
  Settings settings_;
  net::Address on_net_host_;
  Lot lot_;
};

/// Whether another server may do better than the one that gave this status. What a person or the number's own network says is
/// final.
bool is_worth_another(int status);

}  // namespace carillon::trunk

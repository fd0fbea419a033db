// SPDX-License-Identifier: GPL-3.0-or-later
// The story of a call to the world: the carriers of its routes are tried in their order, each by its servers, until somebody
// answers or somebody's answer is final.
#pragma once

#include "agent/agent.hpp"
#include "call/ports.hpp"
#include "net/caching_resolver.hpp"
#include "trunk/health.hpp"
#include "trunk/locate.hpp"
#include "trunk/probe.hpp"
#include "trunk/server_order.hpp"

namespace carillon::trunk {

class Trunks final : public call::Outgoing {
 public:
  struct Settings {
    Duration first_sign = 4s;      ///< How long a server may say nothing at all (reliability R-09),
    Duration first_ringing = 30s;  ///< and how long no more than that it tries.
  };

  /// Who asks the DNS outlives it; null: servers are known by their addresses alone.
  Trunks(agent::Agent& agent, net::Resolver* resolver, Settings settings);

  Task<> enter(call::Call& call, dialplan::External external) override;
  Task<> enter(call::Call& call, dialplan::OnNet on_net) override;

 private:
  /// A place at which a call may be tried.
  struct Choice {
    const directory::CarrierServer* server = nullptr;
    Target target;
    bool is_ill = false;  ///< Failed lately.
  };
  enum class Outcome : std::uint8_t { over, next };  ///< Of the whole call; or another server may do better.

  /// Where a server is, as far as it can be reached from here; those that are well come first.
  Task<std::vector<Choice>> locate(const directory::CarrierServer& server);
  /// A way there from a listener of ours; nothing when there is none.
  std::optional<net::Flow> flow_to(const Target& target) const;
  Task<Outcome> attempt(call::Call& call, const dialplan::External& external, const Choice& choice, bool& has_media);

  agent::Agent& agent_;
  Settings settings_;
  net::Address on_net_host_;
  net::CachingResolver names_;
  Locator locator_;
  TargetHealth health_;
  Prober prober_;
  Lot lot_;
};

/// Whether another server may do better than the one that gave this status. What a person or the number's own network says is
/// final. A redirection is not followed (reliability T-10), but it says only that this server does not want the call, as does
/// a challenge that we have no password for.
bool is_worth_another(int status);

}  // namespace carillon::trunk

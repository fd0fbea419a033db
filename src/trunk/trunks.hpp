// SPDX-License-Identifier: GPL-3.0-or-later
// The story of a call to the world: the carriers of its routes are tried in their order, each by its servers, until somebody
// answers or somebody's answer is final.
#pragma once

#include "agent/agent.hpp"
#include "base/metrics.hpp"
#include "call/ports.hpp"
#include "call/ring.hpp"
#include "net/caching_resolver.hpp"
#include "outbound/address_policy.hpp"
#include "trunk/admission.hpp"
#include "trunk/health.hpp"
#include "trunk/locate.hpp"
#include "trunk/probe.hpp"
#include "trunk/server_order.hpp"

namespace carillon::trunk {

class Trunks final : public call::Outgoing {
 public:
  struct Settings {
    Duration first_sign = 4s;                   ///< How long a server may say nothing at all (reliability R-09),
    Duration first_ringing = 30s;               ///< and how long no more than that it tries.
    outbound::AddressPolicy carriers = {};      ///< Where they may be.
    std::uint16_t users_tls_port = 0;           ///< Of ours, that leads nowhere but here; 0: none.
    std::vector<net::Address> advertised = {};  ///< `sip.advertised_address`: hosts that are we, too, whatever their ports.
  };

  /// All outlive it.
  struct Ground {
    net::Resolver* resolver = nullptr;  ///< Null: servers are known by their addresses alone.
    PermitOffice& permits;
  };
  Trunks(agent::Agent& agent, const Ground& ground, Settings settings);

  Task<bool> admit(call::Call& call) override;
  void count_on(call::Call& call, Id<model::Carrier> carrier) override;
  Task<> enter(call::Call& call, dialplan::External external) override;
  Task<> enter(call::Call& call, dialplan::OnNet on_net) override;

  /// Of carriers' names.
  Locator& locator() { return locator_; }
  net::Resolver& names() { return names_; }
  /// Whether a carrier may be there: where the operator allows it, and where it is not ourselves (reliability T-24): our
  /// listeners never, what else is on our own hosts only if the operator named it.
  bool may_reach(const Target& target) const;
  /// A way there from a listener of ours, by TCP and TLS without its connection; nothing when there is none.
  std::optional<net::Flow> way_to(const Target& target) const;

 private:
  /// A place at which a call may be tried.
  struct Choice {
    const directory::CarrierServer* server = nullptr;
    Target target;
    std::string name;     ///< Whose certificate it has to show: the host that was asked for (RFC 5922 §7.3).
    bool is_ill = false;  ///< Failed lately.
  };
  enum class Outcome : std::uint8_t { over, next };  ///< Of the whole call; or another server may do better.
  /// What one call has been through.
  struct Trial {
    Permit permit;            ///< Its brand's; none of a call for help.
    std::vector<Choice> ill;  ///< What failed a moment ago is tried when there is nothing else.
    std::size_t attempts = 0;
    std::optional<net::Address> media_by;  ///< Ours, at which the called side's media is.
  };

  /// Where a server is, as far as it can and may be reached from here; those that are well come first.
  Task<std::vector<Choice>> locate(call::Call& call, const directory::CarrierServer& server);
  /// The same with a connection, where one is needed. Nothing, and it is explained, when there is none to be had.
  Task<std::optional<net::Flow>> connect(call::Call& call, const Choice& choice, net::Flow way);
  void note_failure(const call::Call& call, const Choice& choice, const net::Flow& way, const call::Rung& rung);
  static void prefer_connections(std::vector<Choice>& choices);
  /// Whether the call may leave for the world, or for another customer.
  Task<std::optional<Permit>> leave(call::Call& call);
  /// Goes through a carrier's places; those that failed lately are put aside.
  Task<Outcome> try_carrier(call::Call& call, const dialplan::External& external, const directory::Carrier& carrier,
                            Trial& trial);
  /// Ports for a call that goes there; false: there are none, and the call is over.
  static Task<bool> open_media(call::Call& call, net::Flow flow, Trial& trial);
  /// One place, if the carrier has room and the call can be written down.
  Task<Outcome> attempt(call::Call& call, const dialplan::External& external, const Choice& choice, Trial& trial);

  agent::Agent& agent_;
  PermitOffice& permits_;
  Settings settings_;
  net::Address on_net_host_;
  net::CachingResolver names_;
  Locator locator_;
  TargetHealth health_;
  Prober prober_;
  Lot lot_;
  metrics::Counter limited_{"carillon_calls_limited_total",
                            "Calls to the world refused since too many had begun within a minute"};
};

/// Whether another server may do better than the one that gave this status. What a person or the number's own network says is
/// final. A redirection is not followed (reliability T-10), but it says only that this server does not want the call, as does
/// a challenge that we have no password for.
bool is_worth_another(int status);

}  // namespace carillon::trunk

// SPDX-License-Identifier: GPL-3.0-or-later
// The media engine of one thread: calls, their legs and streams, under the commands of ng/legs.hpp. No sockets, threads or clocks
// of its own. Whatever signalling forgets is ended here within a bound, so that ports always come back.
#pragma once

#include <unordered_map>

#include "media/stream.hpp"

namespace carillon::media {

class Engine {
 public:
  struct Config {
    std::vector<net::Address> hosts;       ///< `media.address`, ports ignored; at least one. An unspecified one is every address.
    std::vector<net::Address> own_hosts;   ///< This machine's addresses; of each family the first is told where no other fits.
    std::vector<net::Address> advertised;  ///< `media.advertised_address`; replaces the host of the same family. May be empty.
    std::vector<net::Address> listeners;   ///< Ours, where media must never be sent.
    PortPool::Range ports;
    Duration media_timeout = 60s;    ///< By then it is told that a party must be heard and is not.
    Duration reaction_limit = 60s;   ///< A call silent for so long after its timeout was told is ended here.
    Duration offer_limit = 190s;     ///< A call that is not answered by then is ended here: 180 s of ringing and a little.
    Duration abandoned_limit = 60s;  ///< Silence after which a call ends whose signalling is away.
    /// After so long without signalling a call ends that nobody had answered: whoever restarts takes up no such call (ADR 17).
    Duration orphaned_offer_limit = 10s;
    Duration forgotten_limit = 24h;  ///< A call that signalling has not touched for so long is ended, whatever it does.
  };
  /// The life of a signalling shard that a call belongs to.
  using Owner = std::uint64_t;

  class Listener {
   public:
    virtual void on_media_event(Owner owner, const ng::Event& event) = 0;

   protected:
    ~Listener() = default;
  };

  struct Counters {
    std::size_t calls = 0;
    std::size_t ports_leased = 0;  ///< Pairs.
    std::size_t ports_resting = 0;
    std::size_t ports_capacity = 0;
    std::uint64_t calls_reaped = 0;
    std::uint64_t relayed_packets = 0;
    std::uint64_t strangers = 0;
    std::uint64_t discarded = 0;
    std::uint64_t late_datagrams = 0;
    std::uint64_t forbidden_destinations = 0;
  };

  Engine(Loop& loop, const BindUdp& bind, Config config, Listener& listener);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  /// The call belongs to `owner` from now on.
  Result<ng::Outcome> execute(Owner owner, const ng::Request& request);

  /// Calls of an owner that is away go on; once silent for `abandoned_limit` they end.
  void set_present(Owner owner, bool is_present);

  Counters counters() const;

 private:
  struct Leg;
  struct Call;

  Result<> execute(Call& call, const ng::Command& command, ng::Outcome& outcome);
  Result<> create(Call& call, const ng::Create& command, ng::Outcome& outcome);
  Result<> modify(Call& call, const ng::Modify& command, ng::Outcome& outcome);
  Result<> connect(Call& call, const ng::Connect& command);
  Result<> destroy(Call& call, std::uint16_t leg, ng::Outcome& outcome);
  Result<> apply(Leg& leg, const ng::LegSpec& spec, ng::Outcome& outcome);

  Call* find_call(CallId id);
  PortPool& pool_for(const ng::LegSpec& spec);
  const net::Address* find_advertised(const net::Address& bound) const;
  /// What a peer is told that signals to our address `local`; unspecified when there is nothing to tell.
  net::Address shown(const net::Address& bound, const net::Address& local, bool is_internal) const;
  void sweep();
  /// Tells once that all of a leg that must be heard is silent, and since when.
  void tell_silence(const Call& call, Leg& leg);
  /// Tells timeouts; the reason if the call has to end.
  std::optional<ng::EndReason> inspect(Call& call, Monotonic now);
  void reap(CallId id, ng::EndReason reason);

  Config config_;
  Listener& listener_;
  AddressPolicy policy_;
  std::vector<std::unique_ptr<PortPool>> pools_;  ///< One for each host.
  RelayContext context_;
  std::unordered_map<CallId, std::unique_ptr<Call>> calls_;
  std::uint64_t calls_reaped_ = 0;
  Timer sweep_timer_;
};

}  // namespace carillon::media

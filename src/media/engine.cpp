// SPDX-License-Identifier: GPL-3.0-or-later
// Carries out leg commands and sweeps once a second for silence and for calls that nobody ends.
#include "media/engine.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/kill_point.hpp"

namespace carillon::media {

namespace {

constexpr std::size_t max_calls = 100'000;
constexpr std::size_t max_legs = 64;
constexpr Duration sweep_interval = 1s;

std::vector<net::Address> all_own(const Engine::Config& config) {
  std::vector<net::Address> all = config.advertised;
  all.insert(all.end(), config.own_hosts.begin(), config.own_hosts.end());
  return all;
}

}  // namespace

struct Engine::Leg {
  std::uint16_t number = 0;
  net::Address local;        ///< Ours, that its signalling comes to.
  bool is_internal = false;  ///< The peer is another leg of ours.
  std::vector<std::unique_ptr<Stream>> streams;
  Leg* peer = nullptr;
  bool is_answered = false;

  ~Leg() { leave(); }

  void leave() {
    if (!peer) return;
    for (auto& stream : streams) stream->join(nullptr);
    peer->peer = nullptr;
    peer = nullptr;
  }

  void join(Leg& other) {
    if (peer != &other) {
      leave();
      other.leave();
      peer = &other;
      other.peer = this;
    }
    join_streams();
  }

  /// Also after streams were added to a joined leg.
  void join_streams() {
    if (!peer) return;
    for (std::size_t i = 0; i < std::min(streams.size(), peer->streams.size()); ++i) streams[i]->join(peer->streams[i].get());
  }

  void watch(bool answered) {
    is_answered = answered;
    for (auto& stream : streams) stream->watch(answered);
  }

  ng::LegPorts ports(const Engine& engine, const net::Address& host) const {
    ng::LegPorts result{number, {}, host.is_unspecified() && engine.find_advertised(host) == nullptr};
    for (auto& stream : streams) {
      auto bound = stream->local();
      auto& told = result.streams.emplace_back();
      told.rtp = ng::Endpoint::of(engine.shown(bound.value_or(host.with_port(0)), local, is_internal));
      if (bound) told.rtcp_port = static_cast<std::uint16_t>(bound->port + 1);
    }
    return result;
  }

  ng::LegStatistics statistics() const {
    ng::LegStatistics result{number, {}};
    for (auto& stream : streams) result.streams.push_back(stream->statistics());
    return result;
  }
};

struct Engine::Call {
  CallId id;
  Owner owner = 0;
  std::vector<std::unique_ptr<Leg>> legs;
  bool was_answered = false;
  Monotonic last_command{};
  std::optional<Monotonic> owner_away_since;

  Leg* find(std::uint16_t number) {
    for (auto& leg : legs) {
      if (leg->number == number) return leg.get();
    }
    return nullptr;
  }

  std::vector<ng::LegStatistics> statistics() const {
    std::vector<ng::LegStatistics> result;
    for (auto& leg : legs) result.push_back(leg->statistics());
    return result;
  }

  template <class Visit>
  void each_stream(Visit visit) {
    for (auto& leg : legs) {
      for (auto& stream : leg->streams) visit(*stream);
    }
  }
};

Engine::Engine(Loop& loop, const BindUdp& bind, Config config, Listener& listener)
    : config_(std::move(config)),
      listener_(listener),
      policy_(config_.hosts, all_own(config_), config_.listeners),
      context_{loop, policy_, {}},
      sweep_timer_([](void* engine) { static_cast<Engine*>(engine)->sweep(); }, this) {
  CARILLON_ASSERT(!config_.hosts.empty());
  for (auto& host : config_.hosts) pools_.push_back(std::make_unique<PortPool>(loop, bind, host, config_.ports));
  context_.is_own_port = [this](const net::Address& address) {
    return std::ranges::any_of(pools_, [&](auto& pool) {
      return pool->is_ours(address) && (!pool->host().is_unspecified() || policy_.is_own_host(address));
    });
  };
  loop.timers().arm(sweep_timer_, loop.now() + sweep_interval);
}

Engine::~Engine() = default;

Result<ng::Outcome> Engine::execute(Owner owner, const ng::Request& request) {
  Call* call = find_call(request.call);
  std::unique_ptr<Call> fresh;
  if (!call) {
    if (calls_.size() >= max_calls) return failure(Fault::too_many, "Too many calls; the signalling process leaks them.");
    fresh = std::make_unique<Call>();
    fresh->id = request.call;
    call = fresh.get();
  }
  ng::Outcome outcome;
  Result<> done;
  std::vector<std::uint16_t> created;
  for (auto& command : request.commands) {
    done = execute(*call, command, outcome);
    if (!done) break;
    if (auto* create = std::get_if<ng::Create>(&command)) created.push_back(create->leg);
  }
  if (!done) std::erase_if(call->legs, [&](auto& leg) { return std::ranges::find(created, leg->number) != created.end(); });
  call->owner = owner;
  call->owner_away_since.reset();
  call->last_command = context_.loop.now();
  if (call->legs.empty()) {
    calls_.erase(request.call);
  } else if (fresh) {
    calls_.emplace(request.call, std::move(fresh));
  }
  if (!done) return std::unexpected(std::move(done).error());
  return outcome;
}

Result<> Engine::execute(Call& call, const ng::Command& command, ng::Outcome& outcome) {
  if (auto* create_it = std::get_if<ng::Create>(&command)) return create(call, *create_it, outcome);
  if (auto* modify_it = std::get_if<ng::Modify>(&command)) return modify(call, *modify_it, outcome);
  if (auto* connect_it = std::get_if<ng::Connect>(&command)) return connect(call, *connect_it);
  if (auto* destroy_it = std::get_if<ng::Destroy>(&command)) return destroy(call, destroy_it->leg, outcome);
  if (auto* disconnect = std::get_if<ng::Disconnect>(&command)) {
    Leg* leg = call.find(disconnect->leg);
    if (!leg) return failure(Fault::no_such_leg);
    leg->leave();
    return {};
  }
  if (call.legs.empty()) return failure(Fault::no_such_leg);
  outcome.statistics = call.statistics();
  return {};
}

Result<> Engine::create(Call& call, const ng::Create& command, ng::Outcome& outcome) {
  if (command.leg == 0 || call.find(command.leg)) return failure(Fault::leg_exists, "Each leg of a call needs its own number.");
  if (call.legs.size() >= max_legs) return failure(Fault::too_many, "A call has too many legs.");
  auto leg = std::make_unique<Leg>();
  leg->number = command.leg;
  CARILLON_CHECK(apply(*leg, command.spec, outcome));
  call.legs.push_back(std::move(leg));
  return {};
}

Result<> Engine::modify(Call& call, const ng::Modify& command, ng::Outcome& outcome) {
  Leg* leg = call.find(command.leg);
  if (!leg) return failure(Fault::no_such_leg);
  return apply(*leg, command.spec, outcome);
}

Result<> Engine::apply(Leg& leg, const ng::LegSpec& spec, ng::Outcome& outcome) {
  if (spec.streams.size() > ng::max_streams) return failure(Fault::too_many, "A leg has too many streams.");
  PortPool& pool = pool_for(spec);
  leg.local = spec.local.as<net::Address>();
  leg.is_internal = spec.is_internal;
  if (shown(pool.host(), leg.local, leg.is_internal).is_unspecified())
    return failure(Fault::no_address, "No address of this host fits; set media.advertised_address.");
  std::vector<std::unique_ptr<Stream>> added;
  for (std::size_t i = leg.streams.size(); i < spec.streams.size(); ++i) {
    CARILLON_TRY(stream, Stream::open(context_, spec.streams[i].kind == ng::Kind::other ? nullptr : &pool, spec.is_for_help));
    stream->watch(leg.is_answered);
    added.push_back(std::move(stream));
  }
  std::ranges::move(added, std::back_inserter(leg.streams));
  // RFC 3264 §8: lines are never taken away; one that is not mentioned any more is as good as refused.
  auto source = spec.signalling_source.as<net::Address>();
  for (std::size_t i = 0; i < leg.streams.size(); ++i) {
    leg.streams[i]->signal(i < spec.streams.size() ? spec.streams[i] : ng::StreamSpec{}, source, leg.local, spec.is_internal);
  }
  leg.join_streams();
  outcome.ports.push_back(leg.ports(*this, pool.host()));
  return {};
}

Result<> Engine::connect(Call& call, const ng::Connect& command) {
  Leg* leg = call.find(command.leg);
  Call* other_call = command.other.call == call.id ? &call : find_call(command.other.call);
  Leg* other = other_call ? other_call->find(command.other.number) : nullptr;
  if (!leg || !other || leg == other) return failure(Fault::no_such_leg);
  leg->join(*other);
  bool is_answered = command.phase == ng::Phase::answered;
  leg->watch(is_answered);
  other->watch(is_answered);
  call.was_answered |= is_answered;
  other_call->was_answered |= is_answered;
  return {};
}

Result<> Engine::destroy(Call& call, std::uint16_t number, ng::Outcome& outcome) {
  if (number == 0) {
    outcome.statistics = call.statistics();
    call.legs.clear();
    return {};
  }
  Leg* leg = call.find(number);
  if (!leg) return failure(Fault::no_such_leg);
  outcome.statistics.push_back(leg->statistics());
  std::erase_if(call.legs, [&](auto& each) { return each.get() == leg; });
  return {};
}

Engine::Call* Engine::find_call(CallId id) {
  auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : found->second.get();
}

PortPool& Engine::pool_for(const ng::LegSpec& spec) {
  auto peer =
      spec.signalling_source == ng::Endpoint() ? spec.local.as<net::Address>() : spec.signalling_source.as<net::Address>();
  for (auto& stream : spec.streams) {
    if (stream.remote.port != 0) peer = stream.remote.as<net::Address>();
  }
  auto same_family = [&](auto& pool) { return pool->host().is_v4() == peer.is_v4(); };
  auto found = peer.is_unspecified() ? pools_.end() : std::ranges::find_if(pools_, same_family);
  return found == pools_.end() ? *pools_.front() : **found;
}

const net::Address* Engine::find_advertised(const net::Address& bound) const {
  auto found = std::ranges::find(config_.advertised, bound.is_v4(), &net::Address::is_v4);
  return found == config_.advertised.end() ? nullptr : &*found;
}

net::Address Engine::shown(const net::Address& bound, const net::Address& local, bool is_internal) const {
  auto* advertised = is_internal ? nullptr : find_advertised(bound);
  if (advertised) return advertised->with_port(bound.port);
  if (!bound.is_unspecified()) return bound;
  if (local.is_v4() == bound.is_v4() && !local.is_unspecified()) return local.with_port(bound.port);
  auto own = std::ranges::find(config_.own_hosts, bound.is_v4(), &net::Address::is_v4);
  return own == config_.own_hosts.end() ? bound : own->with_port(bound.port);
}

void Engine::set_present(Owner owner, bool is_present) {
  for (auto& [id, call] : calls_) {
    if (call->owner != owner) continue;
    call->owner_away_since = is_present ? std::nullopt : std::optional(context_.loop.now());
  }
}

void Engine::sweep() {
  Monotonic now = context_.loop.now();
  std::vector<std::pair<CallId, ng::EndReason>> over;
  for (auto& [id, call] : calls_) {
    if (auto reason = inspect(*call, now)) over.emplace_back(id, *reason);
  }
  for (auto [id, reason] : over) reap(id, reason);
  context_.loop.timers().arm(sweep_timer_, now + sweep_interval);
}

void Engine::tell_silence(const Call& call, Leg& leg) {
  // We look once in an interval, and it shall not be told later than the timeout says.
  const Duration limit = config_.media_timeout - sweep_interval;
  const auto must_be_heard = [](const auto& stream) { return stream->must_be_heard(); };
  if (!std::ranges::all_of(leg.streams, [&](auto& each) { return !must_be_heard(each) || each->is_silent_for(limit); })) return;
  std::size_t last = leg.streams.size();
  bool is_new = false;
  for (std::size_t i = 0; i < leg.streams.size(); ++i) {
    if (!must_be_heard(leg.streams[i])) continue;
    is_new |= leg.streams[i]->is_newly_silent(limit);
    const bool is_later =
        last == leg.streams.size() || leg.streams[last]->last_sign_of_life() < leg.streams[i]->last_sign_of_life();
    if (is_later) last = i;
  }
  if (!is_new) return;
  const auto silent =
      std::chrono::duration_cast<std::chrono::milliseconds>(context_.loop.now() - leg.streams[last]->last_sign_of_life());
  listener_.on_media_event(
      call.owner,
      ng::MediaTimeout{{call.id, leg.number}, static_cast<std::uint16_t>(last), static_cast<std::uint32_t>(silent.count())});
}

std::optional<ng::EndReason> Engine::inspect(Call& call, Monotonic now) {
  bool is_talk = false, is_silent = true;
  Monotonic last_life = call.owner_away_since.value_or(Monotonic());
  call.each_stream([&](Stream& stream) {
    last_life = std::max(last_life, stream.last_sign_of_life());
    is_talk |= stream.must_be_heard();
    if (stream.must_be_heard()) is_silent &= stream.is_silent_for(config_.media_timeout + config_.reaction_limit);
  });
  for (auto& leg : call.legs) tell_silence(call, *leg);
  if (call.owner_away_since) {
    if (!call.was_answered && now - *call.owner_away_since >= config_.orphaned_offer_limit) return ng::EndReason::abandoned;
    return now - last_life >= config_.abandoned_limit ? std::optional(ng::EndReason::abandoned) : std::nullopt;
  }
  if (!call.was_answered && now - call.last_command >= config_.offer_limit) return ng::EndReason::unanswered;
  bool is_forgotten = now - call.last_command >= config_.forgotten_limit;
  if (is_forgotten || (is_talk && is_silent)) return ng::EndReason::silent;
  return std::nullopt;
}

void Engine::reap(CallId id, ng::EndReason reason) {
  auto found = calls_.find(id);
  auto call = std::move(found->second);
  calls_.erase(found);
  kill_point("media.call_reaped");
  ++calls_reaped_;
  listener_.on_media_event(call->owner, ng::Ended{id, reason, call->statistics()});
}

Engine::Counters Engine::counters() const {
  Counters c;
  c.calls = calls_.size();
  c.calls_reaped = calls_reaped_;
  c.relayed_packets = context_.relayed_packets;
  c.strangers = context_.strangers;
  c.discarded = context_.discarded;
  c.forbidden_destinations = context_.forbidden_destinations;
  for (auto& pool : pools_) {
    c.ports_leased += pool->leased();
    c.ports_resting += pool->resting();
    c.ports_capacity += pool->capacity();
    c.late_datagrams += pool->late_datagrams();
  }
  return c;
}

}  // namespace carillon::media

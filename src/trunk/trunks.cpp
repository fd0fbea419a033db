// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/trunks.hpp"

#include <algorithm>

#include "base/id.hpp"
#include "call/call.hpp"
#include "call/converse.hpp"
#include "call/ring.hpp"
#include "dialplan/inbound.hpp"
#include "net/media_sockets.hpp"
#include "sip/uri.hpp"
#include "trunk/carrier_leg.hpp"
#include "trunk/connection.hpp"

namespace carillon::trunk {

namespace {

/// Legs of one call (reliability T-18), less those that a transfer may need.
constexpr std::size_t attempts_max = 8;

/// How often a call may go from one customer to the next before it comes to rest.
constexpr unsigned on_net_hops_max = 10;

/// An address of ours under which media can be reached from here.
net::Address own_host(const agent::Agent& agent) {
  const std::vector<net::Address> locals = agent.trunk_addresses();
  if (locals.empty() || locals.front().is_unspecified()) return *net::Address::parse("127.0.0.1", 0);
  return locals.front();
}

/// Who sends the call on, in E.164 with +: a PBX that said so, or whoever transferred it.
call::Redirected redirected(const call::Call::Facts& facts, const dialplan::Cli& cli) {
  if (!cli.redirecting.empty()) return {.how = facts.redirection, .network = cli.redirecting, .user = facts.redirection.user};
  return {.how = {}, .network = facts.referrer.user.empty() ? std::string() : cli.number, .user = {}};
}

Identity identity_of(const call::Call& call, const dialplan::External& external) {
  Identity identity;
  identity.number = external.cli.number;
  identity.asserted = external.cli.asserted;
  const call::Call::Facts& facts = call.facts();
  identity.subscriber.customer = facts.customer->id();
  if (facts.terminal != nullptr) identity.subscriber.terminal = facts.terminal->id;
  identity.is_anonymous = facts.hides_outside() || external.cli.is_withheld;
  identity.redirected = redirected(facts, external.cli);
  return identity;
}

/// Who is who to the caller: the number as its people write it.
void introduce(call::Call& call, const std::string& number) {
  const call::Call::Facts& facts = call.facts();
  const std::string& realm = facts.customer->realm();
  call::Party caller{.user = facts.caller, .domain = realm, .display = {}};
  if (!facts.presented.user.empty()) caller = facts.presented;
  call.introduce(std::move(caller),
                 {.user = dialplan::shown_number(*facts.snapshot, *facts.customer, number), .domain = realm, .display = {}});
}

call::RingOptions ring_options(call::Call& call, call::Party from, call::Party to) {
  call::RingOptions options;
  options.ring_time = call.services().limits.ring_time;
  options.target = to.user;
  options.from = std::move(from);
  options.to = std::move(to);
  options.max_forwards = call.facts().max_forwards;
  return options;
}

constexpr int silence = 408;

/// The server does not work: it says nothing, or that it cannot. What it has no means for is the call's fault.
bool is_trouble(int status) {
  constexpr int not_implemented = 501, wrong_version = 505;
  return status == silence || (status >= 500 && status < 600 && status != not_implemented && status != wrong_version);
}

/// What the last one said is no news of the called number.
void end_unreachable(call::Call& call) {
  call.set_ending(journal::Status::failed, 503, "No carrier can be reached");
}

/// Nobody who asks the DNS: a name is not there.
net::Resolver& no_names() {
  class NoNames final : public net::Resolver {
    void ask(net::DnsQuestion, Done done) override { done({}); }
  };
  static NoNames none;
  return none;
}

Locator::Options locator_options(const agent::Agent& agent) {
  const std::vector<net::Address> locals = agent.trunk_addresses();
  Locator::Options options;
  if (agent.trunk_tls_port() == 0) std::erase(options.transports, net::Transport::tls);
  options.has_v4 = std::ranges::any_of(locals, &net::Address::is_v4);
  options.has_v6 = !std::ranges::all_of(locals, &net::Address::is_v4);
  return options;
}

/// RFC 3261 §18.1.1: what might not go in one datagram goes by a connection, where nobody said how to go and there is one.
bool is_large(call::Call& call, const directory::CarrierServer& server) {
  constexpr std::size_t datagram_max = 1300, head = 900;  // The latter is about what is around the description.
  const sdp::Session* offered = call.caller().session().offered();
  const bool is_free = server.row.transport == model::ServerTransport::any;
  return is_free && offered != nullptr && offered->text().size() + head > datagram_max;
}

}  // namespace

bool is_worth_another(int status) {
  const bool is_its_own = status == 401 || status == 407 || (status >= 300 && status < 400);
  return is_its_own || is_trouble(status);
}

Trunks::Trunks(agent::Agent& agent, const Ground& ground, Settings settings)
    : agent_(agent),
      permits_(ground.permits),
      settings_(std::move(settings)),
      on_net_host_(own_host(agent)),
      names_(agent.loop(), ground.resolver == nullptr ? no_names() : *ground.resolver),
      locator_(agent.loop(), names_, locator_options(agent)),
      prober_(agent, health_),
      lot_([](std::uint32_t below) { return static_cast<std::uint32_t>(random_bits() % below); }) {}

Task<std::vector<Trunks::Choice>> Trunks::locate(call::Call& call, const directory::CarrierServer& server) {
  const model::CarrierServer& row = server.row;
  Wanted wanted = wanted_of({.host = row.host,
                             .port = row.port,
                             .transport = row.transport,
                             .is_sips = row.scheme == model::ServerScheme::sips,
                             .outbound_proxy = row.outbound_proxy});
  const std::string name = wanted.host;
  auto targets = co_await locator_.locate(std::move(wanted));
  std::vector<Choice> choices;
  if (!targets) co_return choices;
  // Behind every name, and before anything is sent: whatever the DNS says next time is looked at then.
  std::erase_if(*targets, [&](const Target& each) {
    if (may_reach(each)) return false;
    call.explain_to_brand(
        fmt::format("trunk: {} at {} is no address that a carrier may have", each.host, each.address.to_string()));
    return true;
  });
  for (Target& each : *targets) each.server = row.id.value;
  // Before the order is made, which puts the one on trial that this call tries.
  const Monotonic now = agent_.loop().now();
  std::vector<Target> ill = *targets;
  std::erase_if(ill, [&](const Target& each) { return health_.is_healthy(each, now); });
  health_.order(*targets, now);
  for (Target& each : *targets) {
    const bool is_ill = std::ranges::find(ill, each) != ill.end();
    choices.push_back({&server, std::move(each), name, is_ill});
  }
  co_return choices;
}

bool Trunks::may_reach(const Target& target) const {
  const net::Address& address = target.address;
  if (!settings_.carriers.permits(address)) return false;
  const auto is_host = [&](const net::Address& own) { return own.same_host(address); };
  const auto is_local = [&] {
    const auto towards = net::local_address_towards(address);  // Of ourselves, from the same address.
    return towards && towards->same_host(address);
  };
  const bool is_advertised = std::ranges::any_of(settings_.advertised, is_host);
  const auto is_listener = [&](const net::Address& own) {
    if (own.is_v4() != address.is_v4()) return false;
    if (own.port != address.port && address.port != agent_.trunk_tls_port() && address.port != settings_.users_tls_port)
      return false;
    return is_host(own) || is_advertised || (own.is_unspecified() && is_local());
  };
  std::vector<net::Address> listeners = agent_.local_addresses();
  for (const net::Address& each : agent_.trunk_addresses()) listeners.push_back(each);
  if (std::ranges::any_of(listeners, is_listener)) return false;
  if (settings_.carriers.lists(address)) return true;
  return !is_advertised && std::ranges::none_of(listeners, is_host) && !is_local();
}

std::optional<net::Flow> Trunks::way_to(const Target& target) const {
  for (const net::Address& local : agent_.trunk_addresses()) {
    if (local.is_v4() != target.address.is_v4()) continue;
    const std::uint16_t port = target.transport == net::Transport::tls ? agent_.trunk_tls_port() : local.port;
    const std::optional<net::Address> own = local.is_unspecified() ? net::local_address_towards(target.address) : local;
    if (own) return net::Flow{.transport = target.transport, .local = own->with_port(port), .remote = target.address};
  }
  return std::nullopt;
}

Task<std::optional<net::Flow>> Trunks::connect(call::Call& call, const Choice& choice, net::Flow way) {
  if (way.transport == net::Transport::udp) co_return way;
  agent::Way wanted{way, choice.name, payer_of(*choice.server)};
  const Result<net::Flow> flow = co_await open_connection(agent_, std::move(wanted));
  if (flow) co_return *flow;
  if (flow.error().is(net::Fault::certificate))
    call.explain_to_brand(
        fmt::format("trunk: {} shows no certificate of {} that is believed", choice.target.address.to_string(), choice.name));
  else if (flow.error().is(net::Fault::queue_full))
    call.explain_to_brand(fmt::format("trunk: no connection to {}: {}", choice.target.address.to_string(), flow.error().what));
  else
    call.explain_to_brand(
        fmt::format("trunk: {} at {} takes no connection", choice.target.host, choice.target.address.to_string()));
  // That we have no room for one more is no fault of the carrier's.
  if (!flow.error().is(net::Fault::queue_full)) note_failure(call, choice, way, {.status = silence});
  co_return std::nullopt;
}

void Trunks::note_failure(const call::Call& call, const Choice& choice, const net::Flow& way, const call::Rung& rung) {
  const Duration retry_after = rung.retry_after;
  if (rung.status == silence || rung.is_unreachable)
    health_.note_timeout(choice.target, agent_.loop().now());
  else
    health_.note_error(choice.target, agent_.loop().now(), retry_after);
  // One that said when it will be back is not asked before.
  const bool is_probed = choice.server->row.probe && retry_after == Duration{};
  if (is_probed)
    prober_.watch(choice.target, {way, choice.name, payer_of(*choice.server)}, directory::slot_of(call.facts().customer->id()));
}

Task<bool> Trunks::open_media(call::Call& call, net::Flow flow, Trial& trial) {
  const sdp::OfferAnswer& session = call.caller().session();
  if (session.offered() == nullptr && session.remote() == nullptr) co_return true;
  const bool is_there = trial.media_by.has_value();
  if (is_there && trial.media_by->is_v4() == flow.local.is_v4()) co_return true;
  trial.media_by = flow.local;
  if (is_there) co_return co_await call.turn_media(flow);
  co_return co_await call.open_media(call.caller(), flow);
}

Task<Trunks::Outcome> Trunks::attempt(call::Call& call, const dialplan::External& external, const Choice& choice, Trial& trial) {
  const directory::CarrierServer& server = *choice.server;
  const std::optional<net::Flow> way = way_to(choice.target);
  if (!way || trial.attempts == attempts_max) co_return Outcome::next;
  ++trial.attempts;
  std::optional<Permit> permit = Permit();
  if (!external.is_emergency) permit = co_await trunk::admit(call, permits_, *server.carrier);
  if (!permit) co_return Outcome::next;
  const std::optional<net::Flow> flow = co_await connect(call, choice, *way);
  if (!flow) co_return Outcome::next;
  const bool durable = co_await call.commit_outbound(server.carrier->id);
  if (!durable) {
    call.set_ending(journal::Status::failed, 500, "Not recorded");
    co_return Outcome::over;
  }
  const bool has_media = co_await open_media(call, *flow, trial);
  if (!has_media) co_return Outcome::over;
  agent_.vouch(flow->remote);
  const std::string host = agent_.host_of(*flow);
  CarrierLeg leg = make_carrier_leg(server, external, identity_of(call, external), {*flow, choice.name, payer_of(server)}, host);
  call.explain_to_brand(fmt::format("trunk: {} by {} at {} as {}", leg.number, server.carrier->name,
                                    choice.target.address.to_string(), leg.from.user));
  call::RingOptions options = ring_options(call, std::move(leg.from), std::move(leg.to));
  options.first_sign = settings_.first_sign;
  options.first_ringing = settings_.first_ringing;
  leg.contact.permits = {trial.permit, *permit};
  std::vector<call::Contact> contacts{std::move(leg.contact)};
  const call::Rung rung = co_await call::ring(call, std::move(contacts), std::move(options));
  if (rung.answered != nullptr) {
    health_.note_success(choice.target, agent_.loop().now());
    co_await call::converse(call, *rung.answered);
    co_return Outcome::over;
  }
  call.explain_to_brand(fmt::format("trunk: {} said {}", choice.target.host, rung.status));
  if (is_trouble(rung.status) && !rung.was_heard) {
    note_failure(call, choice, *way, rung);
  } else if (rung.status != 0) {  // Else there was no leg left to ask with.
    health_.note_success(choice.target, agent_.loop().now());
  }
  co_return rung.was_heard || !is_worth_another(rung.status) ? Outcome::over : Outcome::next;
}

Task<std::optional<Permit>> Trunks::leave(call::Call& call) {
  auto permit = co_await trunk::admit(call, permits_, Way::out);
  if (call.limit() != journal::Limit::none) limited_.add();
  co_return permit;
}

Task<bool> Trunks::admit(call::Call& call) {
  constexpr int busy = 486;
  auto permit = co_await trunk::admit(call, permits_, Way::in);
  if (!permit) co_return false;
  call.caller().hold(*permit);
  if (call.facts().carrier == nullptr) co_return true;
  permit = co_await trunk::admit(call, permits_, *call.facts().carrier);
  if (permit)
    call.caller().hold(*permit);
  else
    call.set_ending(journal::Status::busy, busy, "Maximum parallel calls exceeded");
  co_return permit.has_value();
}

void Trunks::count_on(call::Call& call, Id<model::Carrier> carrier) {
  for (const call::Call::Side side : {call::Call::Side::caller, call::Call::Side::callee})
    if (call::Leg* leg = call.leg_on(side); leg != nullptr && leg->is_trunk()) trunk::count_on(call, *leg, permits_, carrier);
}

void Trunks::prefer_connections(std::vector<Choice>& choices) {
  auto next = choices.begin();
  for (auto each = choices.begin(); each != choices.end(); ++each)
    if (each->target.transport != net::Transport::udp) std::rotate(next++, each, std::next(each));
}

Task<Trunks::Outcome> Trunks::try_carrier(call::Call& call, const dialplan::External& external, const directory::Carrier& carrier,
                                          Trial& trial) {
  for (const directory::CarrierServer* server : order_servers(carrier.servers, lot_)) {
    std::vector<Choice> choices = co_await locate(call, *server);
    if (is_large(call, *server)) prefer_connections(choices);
    if (choices.empty()) call.explain_to_brand(fmt::format("trunk: {} of {} cannot be found", server->row.host, carrier.name));
    for (Choice& choice : choices) {
      if (choice.is_ill) {
        call.explain_to_brand(fmt::format("trunk: {} of {} has failed lately", choice.target.host, carrier.name));
        trial.ill.push_back(std::move(choice));
        continue;
      }
      const Outcome outcome = co_await attempt(call, external, choice, trial);
      if (outcome != Outcome::next) co_return outcome;
    }
  }
  co_return Outcome::next;
}

Task<> Trunks::enter(call::Call& call, dialplan::External external) {
  Trial trial;
  call.mark_outbound();
  if (external.is_emergency) {
    call.mark_for_help();
  } else {
    auto permit = co_await leave(call);
    if (!permit) co_return;
    trial.permit = std::move(*permit);
  }
  std::vector<const directory::Carrier*> carriers = order_carriers(external.routes, lot_);
  for (const directory::Carrier* each : external.carriers)
    if (std::ranges::find(carriers, each) == carriers.end()) carriers.push_back(each);
  introduce(call, external.number);
  end_unreachable(call);
  for (const directory::Carrier* carrier : carriers) {
    const Outcome outcome = co_await try_carrier(call, external, *carrier, trial);
    if (outcome == Outcome::over) co_return;
  }
  for (const Choice& choice : trial.ill) {
    const Outcome outcome = co_await attempt(call, external, choice, trial);
    if (outcome == Outcome::over) co_return;
  }
  end_unreachable(call);
}

Task<> Trunks::enter(call::Call& call, dialplan::OnNet on_net) {
  const call::Call::Facts& facts = call.facts();
  constexpr Id<model::Carrier> none;
  call.mark_outbound();
  const auto permit = co_await leave(call);
  if (!permit) co_return;
  const bool durable = co_await call.commit_outbound(none);
  if (!durable) {
    call.set_ending(journal::Status::failed, 500, "Not recorded");
    co_return;
  }
  introduce(call, on_net.number);
  const net::Flow flow =
      agent::on_net_flow(on_net_host_, directory::slot_of(facts.customer->id()), directory::slot_of(on_net.customer->id()));
  const sdp::OfferAnswer& session = call.caller().session();
  if (session.offered() != nullptr || session.remote() != nullptr) {
    const bool has_media = co_await call.open_media(call.caller(), flow);
    if (!has_media) co_return;
  }
  const std::string host = flow.local.uri_host();
  auto side = std::make_shared<call::TrunkSide>();
  side->user = to_hex(call.id());  // The other side's record is linked with this call.
  const bool is_private = facts.hides_outside() || on_net.cli.is_withheld;
  side->is_private = is_private;
  std::vector<call::Contact> contacts(1);
  contacts.front().uri = fmt::format("sip:{}@{}", sip::escape_user(on_net.number), host);
  contacts.front().flow = flow;
  contacts.front().trunk = std::move(side);
  contacts.front().permits.push_back(*permit);
  const call::Redirected by = redirected(facts, on_net.cli);
  if (!is_private && !by.how.is_private)
    call::add_redirected(contacts.front().headers, by,
                         {.diversion = model::Redirecting::user, .history_info = {}, .host = host, .target = {}});
  // Whom a brand lets see everybody sees its own people; those of other brands, who do not want to be known, are not told.
  const bool is_told = !is_private || facts.customer->brand() == on_net.customer->brand();
  const std::string from = is_told ? on_net.cli.number : std::string("anonymous");
  call::RingOptions options =
      ring_options(call, {.user = from, .domain = host, .display = {}}, {.user = on_net.number, .domain = host, .display = {}});
  options.max_forwards = std::min(options.max_forwards, on_net_hops_max);
  const call::Rung rung = co_await call::ring(call, std::move(contacts), std::move(options));
  if (rung.answered != nullptr) co_await call::converse(call, *rung.answered);
}

}  // namespace carillon::trunk

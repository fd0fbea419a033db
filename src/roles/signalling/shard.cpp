// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/shard.hpp"

#include "agent/fault_phrase.hpp"
#include "base/kill_point.hpp"
#include "base/log.hpp"
#include "call/media_spec.hpp"
#include "call/pick_up.hpp"
#include "call/take_up.hpp"
#include "dialplan/help.hpp"
#include "pbx/dial.hpp"
#include "pbx/originate.hpp"
#include "roles/signalling/unfinished_calls.hpp"
#include "sip/acceptable.hpp"
#include "trunk/carrier_leg.hpp"

namespace carillon::roles {

namespace {

constexpr Duration alive_interval = 5s;

/// Said of whoever may not, customer or brand.
constexpr std::string_view locked = "Caller locked";

}  // namespace

Result<std::unique_ptr<Shard>> Shard::open(Ground ground, Settings settings) {
  std::unique_ptr<Shard> shard(new Shard(ground, std::move(settings)));
  CARILLON_TRY(agent, agent::Agent::open(
                          ground.loop, ground.network, shard->settings_.agent, *shard, *shard,
                          {ground.surroundings.router, ground.surroundings.streams, ground.trace, ground.surroundings.trust}));
  shard->agent_ = std::move(agent);
  shard->registrar_ = std::make_unique<registrar::Registrar>(*shard->agent_, shard->news_, shard->settings_.registrar);
  shard->trunks_ = std::make_unique<trunk::Trunks>(
      *shard->agent_,
      trunk::Trunks::Ground{.resolver = ground.resolver,
                            .permits = ground.permits == nullptr ? shard->permits_ : *ground.permits},
      shard->settings_.trunks);
  shard->carrier_registrations_ = std::make_unique<trunk::Registrations>(*shard->agent_, *shard->trunks_, *shard);
  shard->source_names_ = std::make_unique<trunk::SourceNames>(ground.loop, *shard->trunks_, *shard);
  shard->media_ = std::make_unique<mediaclient::LocalClient>(ground.network, shard->settings_.media_socket, *shard);
  shard->notifier_ = std::make_unique<pbx::Notifier>(*shard->agent_, pbx::Notifier::Limits{}, ground.subscriptions);
  shard->dialog_info_ = std::make_unique<pbx::DialogInfo>(*shard->notifier_);
  shard->notifier_->add(shard->message_summary_);
  shard->news_.set_next(*shard->dialog_info_);
  ground.loop.timers().arm(shard->alive_, ground.loop.now() + alive_interval);
  return shard;
}

Shard::Shard(Ground ground, Settings settings)
    : ground_(ground),
      settings_(std::move(settings)),
      snapshot_(std::make_shared<const directory::Snapshot>()),
      news_(ground.loop, *this, ground.registrations),
      permits_(ground.loop),
      farewells_over_([](void* self) { static_cast<Shard*>(self)->farewells_.clear(); }, this),
      alive_([](void* self) { static_cast<Shard*>(self)->write_alive(); }, this) {}

Shard::~Shard() {
  farewells_.clear();
  calls_.clear();
}

void Shard::set_snapshot(std::shared_ptr<const directory::Snapshot> snapshot) {
  CARILLON_ASSERT(snapshot != nullptr);
  snapshot_ = std::move(snapshot);
  has_snapshot_ = true;
  take_up_calls();
  registrar_->on_snapshot(*snapshot_);
  notifier_->on_snapshot(*snapshot_);
  const auto is_home = [this](std::uint8_t slot) { return settings_.share.owns(slot); };
  carrier_registrations_->on_snapshot(*snapshot_, is_home);
  source_names_->on_snapshot(*snapshot_, is_home);
}

// ---- Requests ----

void Shard::on_request(const agent::Incoming& incoming) {
  if (!has_snapshot_) return agent_->respond(incoming, 503);
  if (agent::is_on_net(incoming.flow)) return receive_on_net(incoming);
  if (agent_->is_trunk(incoming.flow.local)) return receive_from_carrier(incoming);
  switch (incoming.message.method()) {
    case sip::Method::register_:
      return receive_register(incoming);
    case sip::Method::invite:
      return receive_invite(incoming);
    case sip::Method::subscribe:
      return receive_subscribe(incoming);
    case sip::Method::options:
      return agent_->respond(incoming, 200);  // A ping; it tells nothing that an empty answer would not.
    default:
      return agent_->respond(incoming, 405);
  }
}

std::optional<Shard::Owned> Shard::find_owned(const agent::Incoming& incoming, const Origin& origin) {
  // What is unknown is asked for a password like what is known, and has none that fits (reliability T-01).
  if (origin.customer == nullptr) {
    const directory::Brand* brand = snapshot_->find_brand_domain(origin.host);
    return Owned{.customer = nullptr, .realm = brand == nullptr ? origin.host : std::string_view(brand->domains.front())};
  }
  if (owns(*origin.customer)) return Owned{.customer = origin.customer, .realm = origin.customer->realm()};
  // The domain has changed hands since the message was moved here. The next try goes right.
  agent_->respond(incoming, 503);
  return std::nullopt;
}

std::optional<agent::Secrets::Secret> Shard::find_secret(std::string_view realm, std::string_view user) const {
  const directory::Customer* customer = find_account(*snapshot_, realm, user);
  const directory::Terminal* terminal = customer == nullptr ? nullptr : customer->find_terminal(user);
  if (terminal == nullptr) return std::nullopt;
  return Secret{.md5 = terminal->ha1_md5, .sha256 = terminal->ha1_sha256};
}

void Shard::receive_register(const agent::Incoming& incoming) {
  const Origin origin = origin_of(incoming.message, incoming.flow, *snapshot_);
  const std::optional<Owned> owned = find_owned(incoming, origin);
  const std::string& user = origin.account;
  if (!owned) return;
  const agent::Authenticator::Claim claim = agent_->authenticator().authenticate(incoming, owned->realm, user);
  if (claim == agent::Authenticator::Claim::refused) return;
  const directory::Terminal* terminal = owned->customer == nullptr ? nullptr : owned->customer->find_terminal(user);
  CARILLON_ENSURE(terminal != nullptr);
  if (owned->customer->is_locked()) return agent_->respond(incoming, 403, locked);
  if (!snapshot_->is_granted(*owned->customer, incoming.flow.remote.bytes, *terminal)) return refuse_source(incoming, *terminal);
  if (claim == agent::Authenticator::Claim::proven)
    registrar_->on_register(incoming, *owned->customer, *terminal);
  else if (!registrar_->answer_again(incoming, *terminal))
    agent_->authenticator().challenge_again(incoming, owned->realm);
}

/// Whose device this is, by what it says and its password, or by where it is. Nothing, and the request has been answered, without
/// proof.
std::optional<Shard::Caller> Shard::find_caller(const agent::Incoming& incoming) {
  const Origin origin = origin_of(incoming.message, incoming.flow, *snapshot_);
  const std::optional<Owned> owned = find_owned(incoming, origin);
  if (!owned) return std::nullopt;
  const directory::Terminal* terminal = origin.trusted;
  if (terminal == nullptr) {
    using enum agent::Authenticator::Claim;
    if (agent_->authenticator().authenticate(incoming, owned->realm, origin.account) != proven) return std::nullopt;
    if (owned->customer != nullptr) terminal = owned->customer->find_terminal(origin.account);
  } else {
    agent_->prove(incoming.flow, owned->realm, origin.account);
  }
  CARILLON_ENSURE(terminal != nullptr);
  const bool is_help = is_for_help(incoming, *owned->customer);
  if (owned->customer->is_locked() && !is_help) {
    agent_->respond(incoming, 403, locked);
    return std::nullopt;
  }
  if (!is_help && !snapshot_->is_granted(*owned->customer, incoming.flow.remote.bytes, *terminal)) {
    refuse_source(incoming, *terminal);
    return std::nullopt;
  }
  return Caller{*owned->customer, *terminal};
}

bool Shard::is_for_help(const agent::Incoming& incoming, const directory::Customer& customer) {
  const bool is_new = incoming.message.method() == sip::Method::invite && !incoming.message.has(sip::HeaderId::replaces);
  if (!is_new) return false;
  return dialplan::is_for_help(customer, sip::dialled_by(incoming.message.request_uri()));
}

void Shard::refuse_source(const agent::Incoming& incoming, const directory::Terminal& terminal) {
  if (const auto left_out = sources_log_.admit(incoming.flow.remote.host(), ground_.loop.now()))
    log::warning("signalling", "source.refused",
                 {{"terminal", terminal.name}, {"source", incoming.flow.remote.to_string()}, {"left_out", *left_out}});
  agent_->respond(incoming, 403, "Unauthorized IP detected");
}

/// Counted anew each time, so that no count can go wrong: few call from elsewhere. A call that is transferred gives its place to
/// the one that it becomes.
bool Shard::may_call_from_elsewhere(const call::Call::Facts& facts) const {
  const auto counts = [&facts](const call::Call& call) {
    const directory::Terminal* terminal = call.facts().terminal;
    return call.facts().is_from_elsewhere && terminal != nullptr && terminal->id == facts.terminal->id &&
           call.id() != facts.linked_call;
  };
  const directory::User* user = facts.terminal->user;
  return user != nullptr && count_calls(facts.customer->id(), counts) < user->non_granted_ip_calls;
}

std::size_t Shard::count_calls(Id<model::Customer> customer, const std::function<bool(const call::Call&)>& counts) const {
  const auto own = calls_of_.find(customer);
  if (own == calls_of_.end()) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(own->second, [&](const call::Call* call) { return !call->is_over() && counts(*call); }));
}

std::size_t Shard::count_calls(const directory::Customer& customer, const directory::User& user, const call::Call& but) const {
  return count_calls(customer.id(), [&](const call::Call& call) {
    const directory::User* caller = call.facts().user();
    return &call != &but && ((caller != nullptr && caller->id == user.id) || call.callee_user() == user.id);
  });
}

std::size_t Shard::count_calls(const directory::Customer& customer, const directory::Terminal& terminal,
                               const call::Call& but) const {
  return count_calls(customer.id(), [&](const call::Call& call) { return &call != &but && call.has_terminal(terminal.id); });
}

std::size_t Shard::count_external(const directory::Customer& customer, const call::Call& but) const {
  return count_calls(customer.id(), [&](const call::Call& call) {
    const bool is_its_place = but.facts().link_reason == journal::LinkReason::transfer && call.id() == but.facts().linked_call;
    return &call != &but && !is_its_place && call.is_external();
  });
}

/// A call that another becomes takes the place of that one.
bool Shard::may_call(const call::Call::Facts& facts) const {
  if (facts.customer->is_locked()) return false;
  const directory::Line* line = facts.terminal == nullptr ? nullptr : facts.terminal->line;
  if (line != nullptr && line->max_calls != 0) {
    const auto is_its = [&facts](const call::Call& call) {
      return call.has_terminal(facts.terminal->id) && call.id() != facts.linked_call;
    };
    if (count_calls(facts.customer->id(), is_its) >= line->max_calls) return false;
  }
  if (facts.customer->max_calls() == 0) return true;
  const auto counts = [&facts](const call::Call& call) { return call.id() != facts.linked_call; };
  return count_calls(facts.customer->id(), counts) < static_cast<std::size_t>(facts.customer->max_calls());
}

/// Nobody needs help so often at a time: more are calls like others, or one stolen password would take everybody's lines.
bool Shard::may_call_for_help(const directory::Customer& customer, const directory::Terminal& terminal) const {
  constexpr std::size_t of_terminal = 5, of_customer = 20;
  const auto is_help = [](const call::Call& call) { return call.is_for_help(); };
  const auto is_its = [&](const call::Call& call) { return call.is_for_help() && call.has_terminal(terminal.id); };
  return count_calls(customer.id(), is_help) < of_customer && count_calls(customer.id(), is_its) < of_terminal;
}

void Shard::receive_invite(const agent::Incoming& incoming) {
  if (const auto caller = find_caller(incoming)) begin_call(incoming, caller->customer, caller->terminal);
}

void Shard::receive_subscribe(const agent::Incoming& incoming) {
  const auto caller = find_caller(incoming);
  if (!caller) return;
  // What is of other companies is to this one as if it were not there (reliability T-23).
  const sip::Uri uri = incoming.message.request_uri();
  const bool is_own =
      is_own_address(uri.host, incoming.flow.local) || find_owner(*snapshot_, uri, incoming.flow.local) == &caller->customer;
  if (!is_own) return agent_->respond(incoming, 404);
  notifier_->on_subscribe(incoming, caller->customer, caller->terminal);
}

bool Shard::take_invite(const agent::Incoming& incoming, bool is_help, std::optional<sdp::Session>& offer) {
  const auto refuse = [&](int status) {
    agent_->respond(incoming, status);
    return false;
  };
  const bool is_refused = is_draining_ && !incoming.message.has(sip::HeaderId::replaces);
  if (is_stopping_) return refuse(503);
  if (!is_help && (is_refused || calls_.size() >= settings_.calls_max)) return refuse(503);
  if (!is_help && !ground_.journal.has_room()) return refuse(503);  // It could not be recorded.
  if (agent_->is_merged(incoming.message) || agent_->is_looping(incoming)) return refuse(482);
  if (const int status = sip::unacceptable_status(incoming.message)) {
    refuse_body(incoming, status);
    return false;
  }
  if (const auto least = sip::too_brief_session(incoming.message)) {
    refuse_brief_session(incoming, *least);
    return false;
  }
  if (!call::has_sdp(incoming.message)) return true;
  auto read = call::read_offer(incoming.message);
  if (!read) return refuse(call::offer_status(read.error()));
  offer = std::move(*read);
  return true;
}

void Shard::begin_call(const agent::Incoming& incoming, const directory::Customer& customer,
                       const directory::Terminal& terminal) {
  std::optional<sdp::Session> offer;
  const bool is_help = is_for_help(incoming, customer) && may_call_for_help(customer, terminal);
  if (!take_invite(incoming, is_help, offer)) return;
  const bool must_encrypt = terminal.media_encryption == model::MediaEncryption::required && !is_help;
  if (must_encrypt && offer && !sdp::is_encrypted(*offer)) return agent_->respond(incoming, 488);
  call::Call::Facts facts = facts_of(customer, terminal, sip::dialled_by(incoming.message.request_uri()));
  facts.is_from_elsewhere = !snapshot_->is_granted(customer, incoming.flow.remote.bytes);
  if (facts.is_from_elsewhere && !is_help && !may_call_from_elsewhere(facts)) return refuse_source(incoming, terminal);
  facts.is_anonymous = is_withheld(incoming.message);
  tell_behind(facts, incoming.message);
  tell_redirection(facts, incoming.message);
  if (!is_help && facts.redirection.count > sip::redirections_max) return agent_->respond(incoming, 483);
  facts.max_forwards = incoming.message.max_forwards().value_or(70) - 1U;
  if (incoming.message.has(sip::HeaderId::replaces)) {
    facts.replaces = sip::Replaces::parse(incoming.message.first(sip::HeaderId::replaces).value_or(""));
    if (!facts.replaces) return agent_->respond(incoming, 400);
    const call::Replaced replaced = call::find_replaced(*this, facts);
    if (const int status = call::replaces_status(replaced, facts); status != 0) return agent_->respond(incoming, status);
    facts.linked_call = replaced.call->id();
    facts.link_reason = journal::LinkReason::pickup;
  }
  if (!is_help && !may_call(facts)) return agent_->respond(incoming, 403, "Maximum parallel calls exceeded");
  accept_call(incoming, std::move(facts), offer ? &*offer : nullptr);
}

void Shard::accept_call(const agent::Incoming& incoming, call::Call::Facts facts, const sdp::Session* offer) {
  auto call = call::Call::accept(services(), *this, std::move(facts), incoming, offer);
  if (!call) {
    const bool is_full = call.error().is(sip::TransactionFault::table_full);
    return agent_->respond(incoming, is_full ? 503 : 400, agent::phrase_for(call.error(), incoming.message));
  }
  kill_point("call.accepted");
  start_call(std::move(*call));
}

call::Call::Facts Shard::facts_of(const directory::Customer& customer, const directory::Terminal& terminal,
                                  std::string dialled) const {
  call::Call::Facts facts{.snapshot = snapshot_, .customer = &customer, .terminal = &terminal};
  const bool has_extension = terminal.user != nullptr && terminal.user->extension != nullptr;
  facts.caller = has_extension ? terminal.user->extension->number : terminal.name;
  facts.dialled = std::move(dialled);
  return facts;
}

call::Call* Shard::originate(call::Call::Facts facts, const std::vector<call::Contact>& contacts) {
  const bool is_refused = is_draining_ || calls_.size() >= settings_.calls_max || !ground_.journal.has_room();
  if (is_stopping_ || (is_refused && !dialplan::is_for_help(*facts.customer, facts.dialled))) return nullptr;
  auto call = call::Call::originate(services(), *this, std::move(facts), contacts);
  started_.add();
  call::Call& kept = keep(std::move(call));
  kept.start(&pbx::originate);
  return &kept;
}

call::Call::Services Shard::services() {
  return {ground_.loop, *agent_, *media_, ground_.journal, *registrar_, *this, *trunks_, settings_.call, &news_, ground_.trace};
}

void Shard::start_call(std::unique_ptr<call::Call> call) {
  call::Call& started = *call;
  log::debug("call", "call.accepted",
             {{"call", started.id()}, {"caller", started.facts().caller}, {"dialled", started.facts().dialled}});
  started_.add();
  keep(std::move(call));
  started.start(started.facts().replaces ? &call::pick_up : &pbx::dial);
}

call::Call& Shard::keep(std::unique_ptr<call::Call> call) {
  call::Call& kept = *calls_.emplace(call->id(), std::move(call)).first->second;
  calls_of_[kept.facts().customer->id()].push_back(&kept);
  running_.set(static_cast<std::int64_t>(calls_.size()));
  news_.touch(kept.id());
  return kept;
}

void Shard::say_farewell(const journal::UnfinishedCall& call) {
  // Until the INVITE was repeated, cancelled, and a late answer hung up.
  constexpr Duration longest = 3 * sip::transaction_timeout;
  media_->destroy(call.setup.call);
  const auto is_callers = [](const journal::Ringing& each) { return each.side == journal::Side::caller; };
  if (std::ranges::none_of(call.ringing, is_callers)) {  // Its caller had answered, and waited for somebody else to.
    for (const journal::Dialog& each : call.dialogs)
      if (each.side == journal::Side::caller) call::hang_up(*agent_, each);
  }
  for (const journal::Ringing& each : call.ringing) {
    if (each.side == journal::Side::caller)
      call::say_farewell_to_caller(*agent_, each);
    else if (auto farewell = call::Farewell::to_device(*agent_, each))
      farewells_.push_back(std::move(farewell));
  }
  if (!farewells_over_.is_armed()) ground_.loop.timers().arm(farewells_over_, ground_.loop.now() + longest);
}

void Shard::take_up(journal::UnfinishedCall call) {
  CARILLON_ASSERT(!has_snapshot_);
  unfinished_.push_back(std::move(call));
  agent_->expect_dialogs(true);
}

void Shard::take_up(journal::Subscription subscription) {
  CARILLON_ASSERT(!has_snapshot_);
  std::string tag = subscription.local_tag;
  if (subscription.removed)
    subscriptions_.erase(tag);
  else
    subscriptions_.insert_or_assign(std::move(tag), std::move(subscription));
  agent_->expect_dialogs(true);
}

void Shard::take_up_calls() {
  const std::vector<journal::UnfinishedCall> unfinished = std::exchange(unfinished_, {});
  std::vector<const journal::Dialog*> left;
  for (const journal::UnfinishedCall& past : unfinished) {
    if (const Result<> taken = take_up_call(past); !taken) {
      log::warning("call", "call.not_taken_up", {{"call", past.setup.call}, {"fault", taken.error()}});
      media_->destroy(past.setup.call);  // Nobody else would, while the telephones talk on.
      ground_.journal.append(end_of(past));
      for (const journal::Dialog& each : past.dialogs) left.push_back(&each);
    }
  }
  // A leg that has moved is in another call, which has been taken up by now.
  for (const journal::Dialog* each : left) call::hang_up(*agent_, *each);
  // After the calls, so that lamps show them. What is not restored here may subscribe anew, which a 481 tells it.
  for (const auto& [tag, each] : std::exchange(subscriptions_, {})) notifier_->restore(each, *snapshot_);
  agent_->expect_dialogs(false);
  kill_point("takeup.done");
}

Result<> Shard::take_up_call(const journal::UnfinishedCall& past) {
  const auto caller = std::ranges::find(past.dialogs, journal::Side::caller, &journal::Dialog::side);
  const directory::Customer* customer = snapshot_->find_customer({past.setup.customer});
  const bool has_caller = customer != nullptr && caller != past.dialogs.end();
  const directory::Terminal* terminal = has_caller ? customer->find_terminal(caller->account) : nullptr;
  const bool is_from_carrier = has_caller && caller->account.empty();
  if (terminal == nullptr && !is_from_carrier) return failure(call::LegFault::bad_dialog, "its customer or terminal is gone");
  call::Call::Facts facts{.snapshot = snapshot_, .customer = customer, .terminal = terminal};
  facts.caller = past.setup.caller;
  facts.dialled = past.setup.callee;
  facts.linked_call = past.setup.linked_call;
  facts.link_reason = past.setup.link_reason;
  const auto flow = agent::parse_flow(caller->flow);
  const directory::Brand* brand = snapshot_->find_brand(customer->brand());
  if (flow && is_from_carrier && !agent::is_on_net(*flow) && brand != nullptr)
    facts.carrier = bringer_of(*brand->routing, past, *flow);
  if (is_from_carrier && past.setup.direction == journal::Direction::inbound) {
    auto side = std::make_shared<call::TrunkSide>();
    if (facts.carrier != nullptr) side->sources = sources_of(*facts.carrier);
    facts.trunk = std::move(side);
  }
  if (past.reserved && brand != nullptr) facts.called_trunk = called_trunk(*brand->routing, past);
  if (flow && !is_from_carrier) facts.is_from_elsewhere = !snapshot_->is_granted(*customer, flow->remote.bytes);
  CARILLON_TRY(call, call::Call::take_up(services(), *this, std::move(facts), past));
  call::Call& kept = keep(std::move(call));
  Id<model::Carrier> carrier;
  if (past.reserved) carrier = {past.reserved->carrier};
  if (kept.facts().carrier != nullptr) carrier = kept.facts().carrier->id;
  trunks_->count_on(kept, carrier);
  kept.go_on_with(&call::resume);
  taken_up_.add();
  return {};
}

/// The carrier that brought the call, whose registration or name may lead nowhere yet.
const directory::Carrier* Shard::bringer_of(const directory::Routing& routing, const journal::UnfinishedCall& past,
                                            const net::Flow& flow) {
  if (past.setup.carrier != 0) return routing.find_carrier({past.setup.carrier});
  return routing.find_source(source_of(flow));  // It began before that was written down.
}

/// What we had in hand towards the carrier's server that answered.
std::shared_ptr<const call::TrunkSide> Shard::called_trunk(const directory::Routing& routing,
                                                           const journal::UnfinishedCall& past) {
  const directory::Carrier* carrier = routing.find_carrier({past.reserved->carrier});
  const auto callee = std::ranges::find(past.dialogs, journal::Side::callee, &journal::Dialog::side);
  const auto flow = callee == past.dialogs.end() ? std::nullopt : agent::parse_flow(callee->flow);
  if (carrier == nullptr || !flow) return nullptr;
  const auto caller = std::ranges::find(past.dialogs, journal::Side::caller, &journal::Dialog::side);
  trunk::Subscriber subscriber{.customer = {past.setup.customer}, .terminal = {}};
  if (caller != past.dialogs.end()) subscriber.terminal = {caller->terminal};
  return trunk::side_towards(*carrier, subscriber, flow->remote, callee->instance);
}

void Shard::refuse_body(const agent::Incoming& incoming, int status) {
  sip::Writer writer = agent_->start_response(incoming, status);  // RFC 3261 §8.2.3.
  writer.header(sip::HeaderId::accept, "application/sdp");
  writer.end();
  agent_->finish_response(incoming);
}

void Shard::refuse_brief_session(const agent::Incoming& incoming, std::uint32_t least) {
  sip::Writer writer = agent_->start_response(incoming, 422);  // RFC 4028 §9.
  writer.header(sip::HeaderId::min_se, std::uint64_t{least});
  writer.end();
  agent_->finish_response(incoming);
}

// ---- Calls ----

void Shard::on_call_over(CallId call) {
  const auto over = calls_.find(call);
  if (over->second->is_broken()) broken_.add();
  const auto own = calls_of_.find(over->second->facts().customer->id());
  std::erase(own->second, over->second.get());
  if (own->second.empty()) calls_of_.erase(own);
  calls_.erase(over);
  running_.set(static_cast<std::int64_t>(calls_.size()));
}

call::Call* Shard::find_call(CallId id) {
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : found->second.get();
}

call::Call* Shard::find_call(const sip::Replaces& named) {
  const agent::DialogUser* user = agent_->find_dialog(named.call_id, named.to_tag, named.from_tag);
  const std::optional<CallId> id = user == nullptr ? std::nullopt : user->call();
  return id ? find_call(*id) : nullptr;
}

call::Call* Shard::go_on(call::TransferredCall& transferred) {
  call::Call::Facts& facts = transferred.facts;
  if (is_stopping_ || !bring_up_to_date(facts)) return nullptr;
  if (!dialplan::is_for_help(*facts.customer, facts.dialled)) {
    if (calls_.size() >= settings_.calls_max || facts.customer->is_locked()) return nullptr;
    if (facts.is_from_elsewhere && !may_call_from_elsewhere(facts)) return nullptr;
  }
  auto call = call::Call::go_on(services(), *this, std::move(transferred.facts), std::move(transferred.caller));
  call::Call* made = call.get();
  start_call(std::move(call));
  return made;
}

/// A call that is sent on begins now, by the configuration of now: whoever sent it may be gone.
bool Shard::bring_up_to_date(call::Call::Facts& facts) const {
  const directory::Customer* customer = snapshot_->find_customer(facts.customer->id());
  const directory::Terminal* terminal = customer == nullptr ? nullptr : customer->find_terminal(facts.terminal->id);
  if (terminal == nullptr) return false;
  facts.snapshot = snapshot_;
  facts.customer = customer;
  facts.terminal = terminal;
  return true;
}

void Shard::for_each_call(const std::function<void(call::Call&)>& each) {
  for (auto& [id, call] : calls_) each(*call);
}

void Shard::write_alive() {
  journal::Alive alive{.at = ground_.loop.wall(), .calls = {}, .up = journal::uptime_of(ground_.loop.now())};
  for (const auto& [id, call] : calls_)
    if (call->is_known_up()) alive.calls.push_back(id);
  if (!alive.calls.empty()) ground_.journal.append(std::move(alive));
  kill_point("call.alive_noted");
  ground_.loop.timers().arm(alive_, ground_.loop.now() + alive_interval);
}

void Shard::stop() {
  is_stopping_ = true;
  carrier_registrations_->stop();
  for (auto& [id, call] : calls_) call->end(journal::Status::failed, "the platform stops");
  kill_point("stop.calls_told");
}

// ---- Media ----

void Shard::on_media_timeout(mediaclient::LegId leg, Duration silent) {
  log::warning("call", "media.silent", {{"call", leg.call}, {"leg", leg.number}, {"silent", silent}});
  if (call::Call* call = find_call(leg.call)) call->on_media_silent(leg, silent);
}

void Shard::on_media_ended(CallId call, mediaclient::EndReason, const std::vector<mediaclient::LegStatistics>& statistics) {
  if (ground_.trace == nullptr) return;
  for (const mediaclient::LegStatistics& leg : statistics)
    ground_.trace->quality(call, static_cast<std::uint8_t>(leg.leg), call::media_source(leg), call::quality_of(leg));
}

void Shard::on_media_lost(CallId id) {
  // The ports that both sides send to are gone; only a new offer to each could bring the sound back.
  if (call::Call* call = find_call(id)) call->end(journal::Status::failed, "its media process died");
}

}  // namespace carillon::roles

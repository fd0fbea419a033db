// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/call.hpp"

#include <algorithm>

#include "base/kill_point.hpp"
#include "base/log.hpp"
#include "call/media_spec.hpp"
#include "model/call.hpp"

namespace carillon::call {

namespace {

constexpr std::size_t legs_max = 10;
constexpr unsigned writes_per_second = 8;

/// How long the disk may keep a call for help from going on (reliability, section 6.1). What it has not taken by then it still
/// gets.
constexpr Duration help_patience = 100ms;

/// Whether the record became durable in time.
Task<bool> commit_to(const Call::Services& services, bool is_for_help, journal::Record record) {
  if (!is_for_help) {
    const bool durable = co_await services.journal.commit(std::move(record));
    co_return durable;
  }
  (void)co_await with_deadline(services.loop, help_patience, services.journal.commit(std::move(record)));
  co_return true;
}

}  // namespace

Call::Call(Services services, Owner& owner, Facts facts)
    : services_(services),
      owner_(owner),
      facts_(std::move(facts)),
      id_(make_call_id(services.loop.wall())),
      known_at_(services.loop.wall()),
      known_since_(services.loop.now()),
      started_at_(known_at_),
      callee_(facts_.dialled),
      events_(services.loop),
      leave_([](void* self) { static_cast<Call*>(self)->leave_if_over(); }, this),
      write_([](void* self) { static_cast<Call*>(self)->write_dialogs(); }, this),
      story_(services.loop, [this](const Broken& broken) { break_off(broken); }) {}

Result<std::unique_ptr<Call>> Call::accept(Services services, Owner& owner, Facts facts, const agent::Incoming& invite,
                                           const sdp::Session* offer) {
  std::unique_ptr<Call> call(new Call(services, owner, std::move(facts)));
  call->begin_trace();
  const directory::Terminal* terminal = call->facts_.terminal;
  Leg::Ground ground = call->ground_of(terminal, terminal == nullptr ? std::string() : std::string(terminal->name));
  ground.trunk = call->facts_.trunk;
  CARILLON_TRY(caller, Leg::from_invite(std::move(ground), invite, offer));
  call->caller_ = std::move(caller);
  return call;
}

/// `terminal` may be null: it was taken away since it registered.
Leg::Ground Call::ground_of(const directory::Terminal* terminal, std::string account) {
  Leg::Ground ground{.agent = services_.agent,
                     .owner = this,
                     .slot = directory::slot_of(facts_.customer->id()),
                     .account = std::move(account),
                     .realm = facts_.customer->realm(),
                     .session_interval = services_.limits.session_interval,
                     .observer = services_.observer};
  if (terminal != nullptr) {
    ground.terminal = terminal->id;
    ground.connected_identity = terminal->connected_identity;
    ground.media_encryption = terminal->media_encryption;
  }
  return ground;
}

std::unique_ptr<Call> Call::go_on(Services services, Owner& owner, Facts facts, std::unique_ptr<Leg> caller) {
  std::unique_ptr<Call> call(new Call(services, owner, std::move(facts)));
  call->begin_trace();
  call->caller_ = std::move(caller);
  call->caller_->move_to(*call);
  return call;
}

Call::~Call() {
  if (services_.trace != nullptr) services_.trace->end_call(id_);
}

/// Whatever is said of the call from now on is its customer's to read.
void Call::begin_trace() {
  if (services_.trace != nullptr) services_.trace->begin_call(id_, facts_.customer->brand().value, facts_.customer->id().value);
}

void Call::start(Story story) {
  sip_call_id_ = (caller_ ? *caller_ : *branches_.front().leg).sip_call_id();
  services_.journal.append(journal::Setup{.call = id_,
                                          .brand = facts_.customer->brand().value,
                                          .customer = facts_.customer->id().value,
                                          .sip_call_id = sip_call_id_,
                                          .started_at = started_at_,
                                          .direction = facts_.trunk ? journal::Direction::inbound : journal::Direction::internal,
                                          .caller = facts_.caller,
                                          .callee = callee_,
                                          .caller_user = facts_.user() != nullptr ? facts_.user()->id.value : 0,
                                          .linked_call = facts_.linked_call,
                                          .link_reason = facts_.link_reason,
                                          .carrier = facts_.carrier != nullptr ? facts_.carrier->id.value : 0});
  if (caller_ && caller_->state() != Leg::State::confirmed) {
    journal::Ringing ringing = caller_->ringing_record();
    ringing.call = id_;
    ringing.leg = caller_leg;
    services_.journal.append(std::move(ringing));
  }
  kill_point("call.setup_noted");
  story_.spawn(tell(story));
}

Task<> Call::tell(Story story) {
  co_await story(*this);
  finish();
}

/// Ruling 5: what broke in the call's root task, or in a leg of its.
void Call::break_off(const Broken& broken) {
  is_broken_ = true;
  set_ending(journal::Status::failed, 500, "Internal error");
  log::error("call", "call.broken",
             {{"call", id_}, {"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
  finish();
}

void Call::explain(std::string_view line, trace::Audience audience) {
  if (services_.trace != nullptr) services_.trace->decision(id_, audience, line);
  if (decisions_.size() + line.size() + 1 > journal::max_decision_log) return;
  if (!decisions_.empty()) decisions_ += '\n';
  decisions_ += line;
}

void Call::set_ending(journal::Status status, int sip_code, std::string_view reason) {
  if (is_finished_) return;
  status_ = status;
  sip_code_ = sip_code;
  reason_ = reason;
}

Task<bool> Call::open_media(Leg& offering, net::Flow other) {
  const sdp::Session* offer = offering.session().offered();
  if (offer == nullptr) offer = offering.session().remote();  // A leg that was lent: what it said last.
  CARILLON_ENSURE(offer != nullptr);
  has_media_ = true;
  const bool is_caller = &offering == caller_.get();
  offering.make_media_keys(offer->media.size());
  mediaclient::LegSpec known = media_spec(*offer, offering.flow(), offering.media_keys());
  mediaclient::LegSpec unknown = unknown_media(*offer, other);
  known.is_for_help = unknown.is_for_help = is_for_help_;
  close_plain(offering, known);
  if (!is_caller) std::swap(known, unknown);
  auto ports = co_await services_.media.create_pair(id_, std::move(known), std::move(unknown));
  if (!ports) {
    explain(fmt::format("media: {} {}", ports.error().code, ports.error().what));
    set_ending(journal::Status::failed, 503, "Media unavailable");
    co_return false;
  }
  caller_ports_ = std::move(ports->first);
  callee_ports_ = std::move(ports->second);
  if (is_caller && offering.is_ack_owed()) acknowledge_caller();
  co_return true;
}

Task<bool> Call::turn_media(net::Flow other) {
  const sdp::OfferAnswer& session = caller_->session();
  const sdp::Session* offer = session.offered() != nullptr ? session.offered() : session.remote();
  CARILLON_ENSURE(offer != nullptr);
  mediaclient::LegSpec spec = unknown_media(*offer, other);
  spec.is_for_help = is_for_help_;
  std::vector<mediaclient::Command> commands;
  commands.emplace_back(ng::Destroy{callee_leg});
  commands.emplace_back(ng::Create{callee_leg, std::move(spec)});
  commands.emplace_back(ng::Connect{caller_leg, {id_, callee_leg}, mediaclient::Phase::early});
  auto outcome = co_await services_.media.execute(id_, std::move(commands));
  if (!outcome || outcome->ports.empty()) {
    explain(outcome ? "media: no ports" : fmt::format("media: {} {}", outcome.error().code, outcome.error().what));
    set_ending(journal::Status::failed, 503, "Media unavailable");
    co_return false;
  }
  callee_ports_ = std::move(outcome->ports.front());
  co_return true;
}

sdp::RelayPorts Call::ports_towards(const Leg& leg) const {
  const mediaclient::LegPorts& ports = &leg == caller_.get() ? caller_ports_ : callee_ports_;
  CARILLON_ENSURE(!ports.streams.empty());
  const auto address = ports.streams.front().rtp.as<net::Address>();
  const net::Address& local = leg.flow().local;
  // Each device of the callee is shown the address that it knows us by.
  const bool is_same_family = local.is_v4() == address.is_v4();
  port_address_ = ports.is_everywhere && is_same_family ? local.host() : address.host();
  port_list_.clear();
  for (const ng::StreamPorts& stream : ports.streams) port_list_.push_back(stream.rtp.port);
  const Side side = side_of(leg);
  port_security_ = leg.security(port_list_.size());
  return {port_address_, port_list_, is_held(side), is_held(opposite(side)), port_security_};
}

/// Nothing that is said goes plain to or from a device that must encrypt, but in a call for help.
void Call::close_plain(const Leg& leg, mediaclient::LegSpec& spec) const {
  if (may_be_plain(leg)) return;
  for (ng::StreamSpec& stream : spec.streams)
    if (!stream.srtp) stream.from_peer = stream.to_peer = false;
}

/// What media is told of a leg: what its device said, and nothing either way while it is on hold.
mediaclient::LegSpec Call::spec_of(const Leg& leg, const sdp::Session& session) const {
  mediaclient::LegSpec spec = media_spec(session, leg.flow(), leg.media_keys());
  spec.is_for_help = is_for_help_;
  close_plain(leg, spec);
  if (is_held(side_of(leg)))
    for (ng::StreamSpec& stream : spec.streams) stream.from_peer = stream.to_peer = false;
  return spec;
}

Task<bool> Call::update_media(Leg& leg, mediaclient::Phase phase) {
  const bool is_caller = &leg == caller_.get();
  const sdp::Session* session = leg.session().remote();
  if (session == nullptr) co_return false;  // The leg is over, or has not said yet what it can do.
  mediaclient::LegSpec spec = spec_of(leg, *session);
  const mediaclient::LegId self{id_, is_caller ? caller_leg : callee_leg};
  const mediaclient::LegId other{id_, is_caller ? callee_leg : caller_leg};
  auto ports = co_await services_.media.modify_and_connect(self, std::move(spec), other, phase);
  if (!ports) explain(fmt::format("media: {} {}", ports.error().code, ports.error().what));
  co_return ports.has_value();
}

Leg* Call::add_leg(const Contact& contact, const std::string& target, const Party& from, const Party& to) {
  if (branches_.size() >= legs_max) return nullptr;
  Leg::Ground ground = ground_of(facts_.customer->find_terminal(contact.account), contact.account);
  ground.trunk = contact.trunk;
  auto leg = Leg::to_contact(std::move(ground), contact, from, to);
  for (const auto& permit : contact.permits) leg->hold(permit);
  if (caller_) leg->meet(*caller_);
  journal::Attempt attempt{
      .target = target, .contact = contact.uri, .started_at = wall(), .is_carrier = contact.trunk != nullptr};
  return branches_.emplace_back(std::move(leg), std::move(attempt)).leg.get();
}

void Call::drop_leg(Leg& leg, std::string_view cause) {
  events_.drop(leg);
  note_attempt_over(leg, 487);
  leg.release(487, {}, cause);
}

void Call::note_attempt_over(const Leg& leg, int sip_code) {
  const auto branch = std::ranges::find_if(branches_, [&leg](const Branch& each) { return each.leg.get() == &leg; });
  CARILLON_ENSURE(branch != branches_.end());
  if (branch->is_attempt_over) return;
  branch->is_attempt_over = true;
  branch->attempt.ended_at = wall();
  branch->attempt.sip_code = static_cast<std::uint16_t>(sip_code);
}

Task<bool> Call::commit_answer(Leg& callee, const sdp::Draft* answer) {
  if (is_finished_) co_return false;  // The caller gave up in this turn.
  answered_at_ = wall();
  caller_->meet(callee);
  services_.journal.append(dialog_record(*caller_, journal::Side::caller, caller_leg, answer));
  services_.journal.append(dialog_record(callee, journal::Side::callee, callee_leg));
  kill_point("call.dialogs_noted");
  const bool durable = co_await commit_answered();
  co_return durable;
}

Task<bool> Call::commit_answered() {
  journal::Record answered = journal::Answered{.call = id_,
                                               .at = answered_at_,
                                               .callee_user = callee_user_.value,
                                               .callee = answered_by_,
                                               .up = journal::uptime_of(services_.loop.now())};
  const bool durable = co_await commit_to(services_, is_for_help_, std::move(answered));
  kill_point("call.answer_durable");
  co_return durable && !is_finished_;
}

Task<bool> Call::commit_outbound(Id<model::Carrier> carrier) {
  is_outbound_ = true;
  journal::Record reserved = journal::Reserved{.call = id_, .carrier = carrier.value, .callee = callee_};
  const bool durable = co_await commit_to(services_, is_for_help_, std::move(reserved));
  kill_point("call.reserved");
  co_return durable && !is_finished_;
}

Task<bool> Call::commit_hand_over() {
  answered_at_ = wall();
  services_.journal.append(dialog_record(*caller_, journal::Side::caller, caller_leg));
  const bool durable = co_await commit_answered();
  co_return durable;
}

void Call::mark_handed_over() {
  answered_ = services_.loop.now();
  set_ending(journal::Status::ok, 200);
}

void Call::mark_answered(Leg& callee) {
  answered_ = services_.loop.now();
  answered_leg_ = &callee;
  set_ending(journal::Status::ok, 200);
  kill_point("call.answered");
  if (facts_.link_reason != journal::LinkReason::transfer) return;
  if (Call* lender = services_.switchboard.find_call(facts_.linked_call)) lender->on_loan_kept();
}

void Call::introduce(Party caller, Party callee) {
  caller_party_ = std::move(caller);
  callee_party_ = std::move(callee);
  if (this->caller().state() != Leg::State::confirmed) this->caller().show(callee_party_);
}

void Call::report_progress(const Leg& called, int status, const sdp::Draft* early_media) {
  caller().meet(called);
  constexpr int forwarded = 181, progress = 183;
  if (status == forwarded && std::exchange(is_told_of_redirection_, true)) {  // Once is enough.
    if (early_media == nullptr) return;
    status = progress;
  }
  if (caller().state() != Leg::State::confirmed) return caller().ring(status, early_media);
  if (Call* lender = services_.switchboard.find_call(facts_.linked_call)) lender->on_loan_progress(status);
}

journal::Dialog Call::dialog_record(const Leg& leg, journal::Side side, std::uint32_t number, const sdp::Draft* answer) const {
  journal::Dialog record = leg.dialog_record(answer);
  record.call = id_;
  record.side = side;
  record.leg = number;
  record.customer = facts_.customer->id().value;
  record.media_session = to_hex(id_);
  record.media_leg = std::to_string(number);
  record.is_held = is_held(side == journal::Side::caller ? Side::caller : Side::callee);
  const mediaclient::LegPorts& ports = side == journal::Side::caller ? caller_ports_ : callee_ports_;
  for (const ng::StreamPorts& stream : ports.streams) record.media_ports.push_back(stream.rtp.port);
  return record;
}

void Call::end(journal::Status status, std::string_view reason) {
  if (is_finished_) return;
  explain(fmt::format("ended: {}", reason));
  if (!is_answered()) set_ending(status, 480, reason);
  story_.cancel();
  finish();
}

void Call::on_media_silent(mediaclient::LegId leg, Duration silence) {
  if (is_finished_ || !is_answered()) return;
  silent_since_ = std::max(services_.loop.now() - silence, answered_);
  Leg* silent = leg.number == caller_leg ? caller_.get() : answered_leg_;
  if (silent != nullptr) silent->report_silence();  // Not while it is lent.
}

void Call::on_invited(const Leg& leg, std::string_view invite) {
  const auto branch = std::ranges::find_if(branches_, [&leg](const Branch& each) { return each.leg.get() == &leg; });
  journal::Ringing ringing = leg.ringing_record();
  ringing.call = id_;
  ringing.side = journal::Side::callee;
  ringing.leg = callee_leg + static_cast<std::uint32_t>(branch - branches_.begin());
  ringing.invite = invite;
  services_.journal.append(std::move(ringing));
}

void Call::on_dialog_changed(const Leg& leg) {
  const bool is_talking = is_answered() && !is_finished_ && (&leg == caller_.get() || &leg == answered_leg_);
  if (!is_talking || write_.is_armed()) return;
  // In the next turn, but a telephone that changes all the time fills no disk.
  const Monotonic now = services_.loop.now();
  if (now - writing_since_ >= 1s) {
    writing_since_ = now;
    written_ = 0;
  }
  services_.loop.timers().arm(write_, written_ < writes_per_second ? now : writing_since_ + 1s);
}

/// What a restart would need, as it is now; what is being negotiated comes when that is over.
void Call::write_dialogs() {
  if (is_finished_) return;
  ++written_;
  if (caller_ && !caller_->is_negotiating()) services_.journal.append(dialog_record(*caller_, journal::Side::caller, caller_leg));
  if (answered_leg_ != nullptr && !answered_leg_->is_negotiating())
    services_.journal.append(dialog_record(*answered_leg_, journal::Side::callee, callee_leg));
  kill_point("call.change_noted");
}

void Call::on_leg_event(LegEvent event) {
  // A leg that was called once may be the caller here, by a transfer.
  const bool is_caller_gone = event.kind == LegEvent::Kind::hung_up && event.leg == caller_.get();
  if (is_caller_gone) return on_caller_gone(0, event.cause);
  if (!is_finished_) events_.push(std::move(event));
}

void Call::on_caller_gone(int status, std::string_view cause) {
  if (is_finished_) return;
  cause_ = cause;
  if (!is_answered()) set_ending(journal::Status::cancel, status == 0 ? 487 : status, "Request Terminated");
  story_.cancel();
  finish();
}

void Call::finish() {
  if (is_finished_) return;
  kill_point("call.finishing");
  is_finished_ = true;
  command_.reset();
  if (services_.trace != nullptr)
    services_.trace->decision(
        id_, trace::Audience::customer,
        fmt::format("record: {} {} {}", model::text_of(static_cast<model::CallStatus>(status_)), sip_code_, reason_));
  settle_loan();
  if (caller_) caller_->release(sip_code_, reason_, cause_);
  for (Branch& branch : branches_) {
    if (!branch.leg) continue;
    note_attempt_over(*branch.leg, 487);
    branch.leg->release(487, {}, cause_);
  }
  kill_point("call.legs_released");
  if (has_media_) services_.media.destroy(id_);
  kill_point("call.media_released");
  const Monotonic over = over_since_.value_or(services_.loop.now());
  journal::Ended ended{.call = id_, .status = status_, .broken = is_broken_};
  ended.at = wall() - (services_.loop.now() - over);
  ended.sip_code = static_cast<std::uint16_t>(sip_code_);
  ended.unheard = !is_answered() && answered_at_ != Instant{};
  if (is_answered()) ended.duration = std::chrono::round<std::chrono::milliseconds>(over - answered_);
  const auto is_missing = [](const Leg* leg) { return leg != nullptr && leg->is_missing(); };
  if (is_lost_ || is_missing(caller_.get()) || is_missing(answered_leg_)) {  // It ended while nobody was there to see it.
    ended.at = std::max({alive_at_, answered_at_, started_at_});
    if (is_answered()) ended.duration = std::chrono::round<std::chrono::milliseconds>(ended.at - answered_at_);
    ended.broken = true;
  }
  ended.decisions = decisions_;
  ended.is_outbound = is_outbound_;
  ended.limit = limit_;
  if (callee_ != facts_.dialled) ended.callee = callee_;
  for (Branch& branch : branches_) ended.attempts.push_back(std::move(branch.attempt));
  services_.journal.append(std::move(ended));
  kill_point("call.end_noted");
  leave_later();
}

void Call::leave_later() {
  // The leg is still on the stack; the wheel fires in a later turn.
  if (is_finished_) services_.loop.timers().arm(leave_, services_.loop.now());
}

void Call::on_leg_broken(Leg& leg, const Broken& broken) {
  const bool is_over = is_finished_;
  story_.cancel();
  break_off(broken);
  if (is_over) leg.abandon();  // It was let go already, so this was its last attempt to leave properly.
}

void Call::leave_if_over() {
  const auto is_over = [](const std::unique_ptr<Leg>& leg) { return leg == nullptr || leg->state() == Leg::State::over; };
  if (is_over(caller_) && std::ranges::all_of(replaced_, is_over) && std::ranges::all_of(branches_, is_over, &Branch::leg))
    owner_.on_call_over(id_);
}

}  // namespace carillon::call

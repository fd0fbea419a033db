// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/pick_up.hpp"

#include "base/kill_point.hpp"

namespace carillon::call {

namespace {

Party party_of(const Call::Facts& facts) {
  Party party{.user = facts.caller, .domain = facts.customer->realm(), .display = {}};
  if (facts.user() != nullptr) party.display = facts.user()->display_name;
  return party;
}

/// Answers the newcomer with what the other side has said so far, since media passes through us: its offer, or the lack of one.
/// False when that cannot be.
bool answer(Leg& newcomer, const Replaced& replaced) {
  const bool is_ringing = replaced.leg->state() == Leg::State::early;
  Leg* other = is_ringing ? &replaced.call->caller() : replaced.call->peer_of(*replaced.leg);
  if (other == nullptr) return false;
  const sdp::Session* known = other->session().offered() != nullptr ? other->session().offered() : other->session().remote();
  const sdp::Session* offer = newcomer.session().offered();
  if (known == nullptr || (offer != nullptr && !sdp::can_join(*offer, *known))) return false;
  sdp::RelayPorts ports = replaced.call->ports_towards(*replaced.leg);
  const std::vector<sdp::StreamSecurity> security = newcomer.security(ports.ports.size());
  ports.security = security;  // Who is replaced may be protected otherwise.
  newcomer.meet(*other);
  newcomer.show(replaced.call->party_behind(*other));
  newcomer.answer(offer != nullptr ? sdp::make_relayed_answer(*offer, *known, ports) : sdp::make_fresh_offer(*known, ports));
  return true;
}

/// Until the newcomer, which made no offer, has answered ours in its ACK; a leg that does not ends the call itself. False when
/// there is nothing to talk with.
Task<bool> hear_answer(Call& call) {
  while (!call.caller().is_settled()) {
    std::optional<LegEvent> event = co_await call.next_event();
    CARILLON_ENSURE(event.has_value());
    if (event->kind == LegEvent::Kind::late_answer && !event->has_session) co_return false;
    if (event->kind == LegEvent::Kind::offer) event->leg->refuse_offer(491);
    if (event->kind == LegEvent::Kind::refer) event->leg->notify_refer(603);
  }
  co_return true;
}

/// Who is replaced, if that still may be; else the ending is set.
Replaced find_still(Call& call) {
  Replaced replaced = find_replaced(call.services().switchboard, call.facts());
  const int status = replaces_status(replaced, call.facts());
  if (status == 0) return replaced;
  call.set_ending(journal::Status::failed, status);
  return {};
}

/// Accounts of homes know nothing of each other, though one customer has them.
bool is_strangers(const Leg& leg, const Call::Facts& facts) {
  return facts.customer->kind() == model::CustomerKind::retail &&
         (facts.terminal == nullptr || leg.account() != facts.terminal->name);
}

}  // namespace

Replaced find_replaced(Switchboard& switchboard, const Call::Facts& facts) {
  for (const sip::Replaces& named : {*facts.replaces, facts.replaces->swapped()}) {
    Call* call = switchboard.find_call(named);
    if (call == nullptr || call->facts().customer->id() != facts.customer->id()) continue;
    Leg* leg = call->find_leg(named);
    if (leg == nullptr || !is_strangers(*leg, facts)) return {call, leg};
  }
  return {};
}

int replaces_status(const Replaced& replaced, const Call::Facts& facts) {
  if (replaced.leg == nullptr) return 481;
  const Leg& leg = *replaced.leg;
  if (replaced.call->can_pick_up(leg)) return 0;
  if (leg.state() != Leg::State::confirmed) return leg.state() == Leg::State::early ? 481 : 603;
  if (facts.replaces->is_early_only) return 486;
  if (facts.terminal == nullptr || leg.account() != facts.terminal->name) return 403;
  return replaced.call->can_replace(leg) ? 0 : 491;
}

Task<> pick_up(Call& call) {
  const Call::Facts& facts = call.facts();
  const bool durable = co_await call.commit_hand_over();
  if (!durable) {
    call.set_ending(journal::Status::failed, 500, "Not recorded");
    co_return;
  }
  Replaced replaced = find_still(call);
  if (replaced.leg == nullptr) co_return;
  const bool is_offering = call.caller().session().offered() != nullptr;
  bool is_heard = answer(call.caller(), replaced);
  if (is_heard && !is_offering) {
    is_heard = co_await hear_answer(call);
    replaced = find_still(call);  // Somebody may have been faster.
    if (replaced.leg == nullptr) co_return;
  }
  if (!is_heard) {
    call.set_ending(journal::Status::failed, 488);
    co_return;
  }
  const bool is_ringing = replaced.leg->state() == Leg::State::early;
  call.mark_handed_over();
  call.explain(fmt::format("replaces: takes the place of {}", replaced.leg->account()));
  replaced.call->explain(fmt::format("replaces: {} takes the place of {}", facts.caller, replaced.leg->account()));
  std::unique_ptr<Leg> leg = call.lend(call.caller());
  kill_point("pickup.leg_moving");
  if (is_ringing)
    replaced.call->pick_up(std::move(leg), party_of(facts), facts.user() == nullptr ? Id<model::User>{} : facts.user()->id);
  else
    replaced.call->replace(*replaced.leg, std::move(leg), party_of(facts));
  call.on_loan_kept();
}

}  // namespace carillon::call

// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/transfer.hpp"

#include "base/kill_point.hpp"

namespace carillon::call {

namespace {

/// How long a device may take to answer an offer.
constexpr Duration offer_time = sip::transaction_timeout;

/// The conversation between the other side and `target.replaces` becomes one call.
void transfer_attended(Call& call, Leg& referrer, Leg& moving, const sip::Replaces& named) {
  Call* other = call.services().switchboard.find_call(named);
  Leg* replaced = other == nullptr ? nullptr : other->find_leg(named);
  // Reliability T-10: only within the customer, and only a dialog of the same account.
  const bool is_own =
      replaced != nullptr && other != &call && replaced->realm() == referrer.realm() && replaced->account() == referrer.account();
  if (!is_own || !other->can_replace(*replaced)) return referrer.notify_refer(481);
  Party party = call.party_behind(moving);
  call.explain("transfer: attended");
  other->explain(fmt::format("transfer: {} takes the place of {}", party.user, referrer.account()));
  std::unique_ptr<Leg> leg = call.lend(moving);
  kill_point("transfer.leg_moving");
  other->replace(*replaced, std::move(leg), std::move(party));
  call.on_loan_kept();
}

/// What else happens while two legs are joined; false ends the call.
Task<bool> take_meanwhile(Call& call, OfferRelay& relay, LegEvent event) {
  if (event.kind == LegEvent::Kind::command) {
    call.end_command({.outcome = Command::Outcome::changing});
    co_return true;
  }
  CARILLON_ENSURE(event.leg != nullptr);
  Leg* other = call.peer_of(*event.leg);
  switch (event.kind) {
    case LegEvent::Kind::hung_up:
      call.set_cause(event.cause);
      co_return false;
    case LegEvent::Kind::refer:
      event.leg->notify_refer(603);
      co_return true;
    case LegEvent::Kind::offer:
      event.leg->refuse_offer(491);
      co_return true;
    case LegEvent::Kind::info:
      if (other != nullptr) other->relay_info(event.content_type, event.body);
      co_return true;
    default: {
      const bool goes_on = co_await relay.take(std::move(event));
      co_return goes_on;
    }
  }
}

/// Offers the peer's session and waits. False when the leg will not have it. A leg that has just that is only told who is there.
/// `newcomer` is set if another leg took the place of one of them meanwhile.
Task<bool> offer_and_wait(Call& call, OfferRelay& relay, Leg& leg, Leg& peer, Leg*& newcomer) {
  const sdp::Session* session = peer.session().remote();
  const sdp::Session* own = leg.session().remote();
  if (session == nullptr || own == nullptr) co_return false;
  leg.meet(peer);
  sdp::Draft draft = sdp::make_fresh_offer(*session, call.ports_towards(leg));
  const bool is_agreed = leg.session().state() == sdp::OfferAnswer::State::stable && leg.session().local().says(draft);
  if (is_agreed && !sdp::is_held(*own)) {
    leg.show(call.party_behind(peer));
    const bool is_updated = co_await call.update_media(leg, mediaclient::Phase::answered);
    co_return is_updated;
  }
  leg.introduce(call.party_behind(peer));
  const std::uint32_t operation = leg.offer(std::move(draft), false);
  const Monotonic deadline = call.services().loop.now() + offer_time;
  while (leg.state() == Leg::State::confirmed) {
    std::optional<LegEvent> event = co_await call.next_event(deadline);
    if (!event) co_return false;
    if (event->kind == LegEvent::Kind::replaced) {
      newcomer = event->leg;
      continue;
    }
    const bool is_ours = event->leg == &leg && event->operation == operation;
    if (is_ours && event->kind == LegEvent::Kind::offer_refused) co_return false;
    if (is_ours && event->kind == LegEvent::Kind::offer_answered) {
      const bool is_updated = co_await call.update_media(leg, mediaclient::Phase::answered);
      co_return is_updated;
    }
    const bool goes_on = co_await take_meanwhile(call, relay, std::move(*event));
    if (!goes_on) co_return false;
  }
  co_return newcomer != nullptr;
}

}  // namespace

int begin_blind_transfer(Call& call, Leg& referrer, Leg& moving, const std::string& dialled) {
  const Call::Facts& facts = call.facts();
  const directory::Terminal* terminal = facts.customer->find_terminal(referrer.account());
  if (terminal == nullptr) return 403;
  if (facts.max_forwards == 0) return 483;  // Telephones that transfer by themselves, in a circle.
  TransferredCall next{.facts = {.snapshot = facts.snapshot, .customer = facts.customer, .terminal = terminal},
                       .caller = nullptr};
  next.facts.caller = call.party_behind(referrer).user;
  next.facts.dialled = dialled;
  next.facts.presented = call.party_behind(moving);
  next.facts.referrer = call.party_behind(referrer);
  next.facts.max_forwards = facts.max_forwards - 1;
  next.facts.linked_call = call.id();
  next.facts.link_reason = journal::LinkReason::transfer;
  next.facts.is_from_elsewhere = !facts.snapshot->is_granted(*facts.customer, referrer.flow().remote.bytes);
  call.explain(fmt::format("transfer: {} to {}", next.facts.presented.user, dialled));
  next.caller = call.lend(moving);
  kill_point("transfer.leg_lent");
  const Call* made = call.services().switchboard.go_on(next);
  if (made == nullptr)
    call.on_loan_returned(std::move(next.caller), 503, {});
  else if (call.command() != nullptr)
    call.command()->set_call(made->id());
  return 0;
}

void begin_transfer(Call& call, const LegEvent& event) {
  Leg& referrer = *event.leg;
  Leg* moving = call.peer_of(referrer);
  CARILLON_ENSURE(event.refer != nullptr);
  const sip::ReferTo& target = *event.refer;
  kill_point("transfer.begun");
  if (moving == nullptr || !moving->is_settled() || !referrer.is_settled()) return referrer.notify_refer(603);
  if (target.replaces) return transfer_attended(call, referrer, *moving, *target.replaces);
  if (const int status = begin_blind_transfer(call, referrer, *moving, target.user)) referrer.notify_refer(status);
}

Task<bool> join(Call& call, OfferRelay& relay, Leg& fresh) {
  Leg* newcomer = &fresh;
  // Each round after the first was begun by another attended transfer, which has used up a call.
  while (newcomer != nullptr) {
    Leg& added = *std::exchange(newcomer, nullptr);
    Leg* peer = call.peer_of(added);
    if (peer == nullptr) co_return false;  // It hung up meanwhile.
    const bool is_added_ready = co_await offer_and_wait(call, relay, added, *peer, newcomer);
    if (!is_added_ready) co_return false;
    if (newcomer != nullptr) continue;
    const bool is_peer_ready = co_await offer_and_wait(call, relay, *peer, added, newcomer);
    if (!is_peer_ready) co_return false;
    kill_point("transfer.joined");
  }
  co_return true;
}

}  // namespace carillon::call

// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/transfer.hpp"

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
  other->replace(*replaced, std::move(leg), std::move(party));
  call.on_loan_kept();
}

void transfer_blind(Call& call, Leg& referrer, Leg& moving, const std::string& dialled) {
  const Call::Facts& facts = call.facts();
  const directory::Terminal* terminal = facts.customer->find_terminal(referrer.account());
  if (terminal == nullptr) return referrer.notify_refer(403);
  TransferredCall next{.facts = {.snapshot = facts.snapshot, .customer = facts.customer, .terminal = terminal},
                       .caller = nullptr};
  next.facts.caller = call.party_behind(referrer).user;
  next.facts.dialled = dialled;
  next.facts.presented = call.party_behind(moving);
  next.facts.linked_call = call.id();
  next.facts.link_reason = journal::LinkReason::transfer;
  call.explain(fmt::format("transfer: {} to {}", next.facts.presented.user, dialled));
  next.caller = call.lend(moving);
  if (call.services().switchboard.go_on(next) == nullptr) call.on_loan_returned(std::move(next.caller), 503, {});
}

/// Offers the peer's session and waits. False when the leg will not have it. A leg that has just that is only told who is there.
Task<bool> offer_and_wait(Call& call, Leg& leg, Leg& peer) {
  const sdp::Session* session = peer.session().remote();
  const sdp::Session* own = leg.session().remote();
  if (session == nullptr || own == nullptr) co_return false;
  sdp::Draft draft = sdp::make_fresh_offer(*session, call.ports_towards(leg));
  if (leg.session().local().says(draft) && !sdp::is_held(*own)) {
    leg.show(call.party_behind(peer));
    co_return true;
  }
  leg.introduce(call.party_behind(peer));
  leg.offer(std::move(draft), false);
  const Monotonic deadline = call.services().loop.now() + offer_time;
  while (true) {
    std::optional<LegEvent> event = co_await call.next_event(deadline);
    if (!event) co_return false;
    if (event->kind == LegEvent::Kind::hung_up) {
      call.set_cause(event->cause);
      co_return false;
    }
    if (event->kind == LegEvent::Kind::refer) event->leg->notify_refer(603);
    if (event->kind == LegEvent::Kind::offer) event->leg->refuse_offer(491);
    if (event->leg == &leg && event->kind == LegEvent::Kind::offer_refused) co_return false;
    if (event->leg == &leg && event->kind == LegEvent::Kind::offer_answered) break;
  }
  const bool is_updated = co_await call.update_media(leg, mediaclient::Phase::answered);
  co_return is_updated;
}

}  // namespace

void begin_transfer(Call& call, const LegEvent& event) {
  Leg& referrer = *event.leg;
  Leg* moving = call.peer_of(referrer);
  CARILLON_ENSURE(event.refer != nullptr);
  const sip::ReferTo& target = *event.refer;
  if (moving == nullptr || !moving->is_settled() || !referrer.is_settled()) return referrer.notify_refer(603);
  if (target.replaces) return transfer_attended(call, referrer, *moving, *target.replaces);
  transfer_blind(call, referrer, *moving, target.user);
}

Task<bool> join(Call& call, Leg& fresh, Leg& peer) {
  const bool is_fresh_ready = co_await offer_and_wait(call, fresh, peer);
  if (!is_fresh_ready) co_return false;
  const bool is_peer_ready = co_await offer_and_wait(call, peer, fresh);
  co_return is_peer_ready;
}

}  // namespace carillon::call

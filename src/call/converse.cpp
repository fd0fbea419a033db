// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/converse.hpp"

namespace carillon::call {

namespace {

/// One re-INVITE from `asking` to `asked` and back. Returns false when a side hung up meanwhile.
Task<bool> relay_offer(Call& call, Leg& asking, Leg& asked, Monotonic deadline) {
  const sdp::Session* offer = asking.session().offered();
  CARILLON_ENSURE(offer != nullptr);
  if (!asked.can_offer()) {
    asking.refuse_offer(491);  // RFC 3261 §14.2: both sides want something at the same time.
    co_return true;
  }
  const sdp::Draft draft = sdp::make_relayed_offer(*offer, call.ports_towards(asked));
  asked.offer(draft);
  while (true) {
    std::optional<LegEvent> event = co_await call.next_event(deadline);
    if (!event || event->kind == LegEvent::Kind::hung_up) co_return false;
    if (event->leg == &asked && event->kind == LegEvent::Kind::offer_refused) {
      asking.refuse_offer(event->status);
      co_return true;
    }
    if (event->leg == &asked && event->kind == LegEvent::Kind::offer_answered) break;
    if (event->kind == LegEvent::Kind::offer) event->leg->refuse_offer(491);
  }
  const sdp::Session* answer = asked.session().remote();
  offer = asking.session().offered();
  CARILLON_ENSURE(offer != nullptr && answer != nullptr);
  const sdp::Draft reply = sdp::make_relayed_answer(*offer, *answer, call.ports_towards(asking));
  asking.answer_offer(reply);
  const bool asked_updated = co_await call.update_media(asked, mediaclient::Phase::answered);
  const bool asking_updated = co_await call.update_media(asking, mediaclient::Phase::answered);
  co_return asked_updated&& asking_updated;
}

/// Puts the callee's answer in front of the caller. False when it could not be made durable or media failed.
Task<bool> answer_caller(Call& call, Leg& callee) {
  const bool joined = co_await call.update_media(callee, mediaclient::Phase::answered);
  if (!joined) {
    call.set_ending(journal::Status::failed, 503, "Media unavailable");
    co_return false;
  }
  const sdp::Session* offer = call.caller().session().offered();
  const sdp::Session* answer = callee.session().remote();
  CARILLON_ENSURE(offer != nullptr && answer != nullptr);
  const bool durable = co_await call.commit_answer(callee);
  if (!durable) {
    call.set_ending(journal::Status::failed, 500, "Not recorded");  // Ruling 2: no record, no charge, no call.
    co_return false;
  }
  const sdp::Draft draft = sdp::make_relayed_answer(*offer, *answer, call.ports_towards(call.caller()));
  call.caller().answer(draft);
  call.mark_answered();
  co_return true;
}

}  // namespace

Task<> converse(Call& call, Leg& callee) {
  const bool answered = co_await answer_caller(call, callee);
  if (!answered) co_return;
  const Monotonic deadline = call.services().loop.now() + call.services().limits.longest;
  while (true) {
    std::optional<LegEvent> event = co_await call.next_event(deadline);
    if (!event) {
      call.explain("ended: the longest duration of a call is over");
      co_return;
    }
    Leg& other = event->leg == &callee ? call.caller() : callee;
    if (event->kind == LegEvent::Kind::hung_up) co_return;
    if (event->kind == LegEvent::Kind::info) other.relay_info(event->content_type, event->body);
    if (event->kind == LegEvent::Kind::media_silent) {
      call.explain("ended: no media");
      co_return;
    }
    if (event->kind == LegEvent::Kind::offer) {
      const bool goes_on = co_await relay_offer(call, *event->leg, other, deadline);
      if (!goes_on) co_return;
    }
  }
}

}  // namespace carillon::call

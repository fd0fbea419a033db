// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/converse.hpp"

#include "call/transfer.hpp"

namespace carillon::call {

namespace {

/// Until the caller has acknowledged its reliable ringing, or somebody who is in a call already has taken its place. False when
/// somebody gave up meanwhile.
Task<bool> wait_until_ready(Call& call, Monotonic deadline) {
  while (!call.caller().can_answer()) {
    std::optional<LegEvent> event = co_await call.next_event(deadline);
    if (!event) co_return false;
    if (event->kind == LegEvent::Kind::hung_up) {
      call.set_cause(event->cause);
      co_return false;
    }
    if (event->kind == LegEvent::Kind::offer) event->leg->refuse_offer(491);
    if (event->kind == LegEvent::Kind::refer) event->leg->notify_refer(603);
  }
  co_return true;
}

/// The description for the caller's 200: the answer to its offer, or, if it made none, the callee's offer.
Task<std::optional<sdp::Draft>> describe_callee(Call& call, Leg& callee) {
  Leg& caller = call.caller();
  if (callee.is_ack_owed()) {  // The callee made the offer.
    const bool has_media = co_await call.open_media(callee, caller.flow());
    if (!has_media) co_return std::nullopt;
    const sdp::Session* late_offer = callee.session().offered();
    CARILLON_ENSURE(late_offer != nullptr);
    co_return sdp::make_relayed_offer(*late_offer, call.ports_towards(caller));
  }
  const bool joined = co_await call.update_media(callee, mediaclient::Phase::answered);
  const sdp::Session* answer = callee.session().remote();
  // The caller's offer, or what it became when an early answer was binding.
  const sdp::Session* offer = caller.session().offered() != nullptr ? caller.session().offered() : caller.session().remote();
  CARILLON_ENSURE(answer != nullptr && offer != nullptr);
  if (joined) co_return sdp::make_relayed_answer(*offer, *answer, call.ports_towards(caller));
  call.set_ending(journal::Status::failed, 503, "Media unavailable");
  co_return std::nullopt;
}

/// True, and the call is over, when a device that must encrypt answered without keys: nothing would be heard.
bool ends_as_plain(Call& call, const Leg& callee) {
  const sdp::Session* said = callee.session().offered() != nullptr ? callee.session().offered() : callee.session().remote();
  if (call.may_be_plain(callee) || said == nullptr || sdp::is_encrypted(*said)) return false;
  call.explain("media: the device must encrypt, and answered without keys");
  call.set_ending(journal::Status::failed, 488);
  return true;
}

/// Puts the callee's answer in front of the caller. False when it could not be made durable or media failed.
Task<bool> answer_caller(Call& call, Leg& callee) {
  if (ends_as_plain(call, callee)) co_return false;
  const std::optional<sdp::Draft> draft = co_await describe_callee(call, callee);
  if (!draft) co_return false;
  const bool durable = co_await call.commit_answer(callee, &*draft);
  if (!durable) {
    call.set_ending(journal::Status::failed, 500, "Not recorded");  // Ruling 2: no record, no charge, no call.
    co_return false;
  }
  call.caller().answer(*draft);
  call.mark_answered(callee);
  co_return true;
}

/// The same for a caller that is in a call already, as somebody transferred it: it is not answered, but gets an offer.
Task<bool> join_caller(Call& call, OfferRelay& relay, Leg& callee) {
  if (ends_as_plain(call, callee)) co_return false;
  const bool durable = co_await call.commit_answer(callee, nullptr);
  if (!durable) {
    call.set_ending(journal::Status::failed, 500, "Not recorded");
    co_return false;
  }
  const bool joined = co_await call.update_media(callee, mediaclient::Phase::answered);
  call.mark_answered(callee);
  if (!joined) co_return false;
  const bool is_together = co_await join(call, relay, call.caller());
  co_return is_together;
}

/// One event of the conversation; false ends it.
Task<bool> take_event(Call& call, OfferRelay& relay, LegEvent event) {
  Leg* other = event.leg == nullptr ? nullptr : call.peer_of(*event.leg);
  switch (event.kind) {
    case LegEvent::Kind::hung_up:
      call.set_cause(event.cause);
      co_return false;
    case LegEvent::Kind::media_silent:
      call.explain("ended: no media");
      call.end_with_silence();
      co_return false;
    case LegEvent::Kind::transferred:
      co_return false;
    case LegEvent::Kind::not_transferred:
      co_return event.leg != nullptr;
    case LegEvent::Kind::info:
      if (other != nullptr) other->relay_info(event.content_type, event.body);
      co_return true;
    case LegEvent::Kind::offer:
      if (other != nullptr)
        relay.begin(*event.leg, *other);
      else
        event.leg->refuse_offer(491);  // The other side is being transferred.
      co_return true;
    case LegEvent::Kind::command:
      begin_command(call, relay);
      co_return true;
    case LegEvent::Kind::refer:
      relay.drop();
      begin_transfer(call, event);
      co_return true;
    case LegEvent::Kind::replaced: {
      relay.drop();
      const bool joined = co_await join(call, relay, *event.leg);
      co_return joined;
    }
    default: {
      const std::optional<int> held = hold_status(call, event);
      const bool goes_on = co_await relay.take(std::move(event));
      if (held) end_hold(call, *held);
      co_return goes_on;
    }
  }
}

/// Until one side, or the call's longest time, ends it.
Task<> converse_on(Call& call, OfferRelay& relay) {
  while (true) {
    std::optional<LegEvent> event = co_await call.next_event(call.latest_end());
    if (!event) {
      call.explain("ended: the longest duration of a call is over");
      co_return;
    }
    const bool goes_on = co_await take_event(call, relay, std::move(*event));
    if (!goes_on) co_return;
  }
}

}  // namespace

Task<> converse(Call& call, Leg& callee) {
  const bool is_ready = co_await wait_until_ready(call, call.services().loop.now() + sip::transaction_timeout);
  if (!is_ready) {
    call.set_ending(journal::Status::cancel, 487);
    co_return;
  }
  OfferRelay relay(call);
  if (call.caller().state() == Leg::State::confirmed) {
    const bool joined = co_await join_caller(call, relay, callee);
    if (!joined) co_return;
  } else {
    const bool answered = co_await answer_caller(call, callee);
    if (!answered) co_return;
  }
  if (callee.is_ack_owed()) relay.expect_late_answer(call.caller(), callee);
  co_await converse_on(call, relay);
}

Task<> go_on_conversing(Call& call) {
  OfferRelay relay(call);
  co_await converse_on(call, relay);
}

}  // namespace carillon::call

// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/ring.hpp"

#include <algorithm>

namespace carillon::call {

namespace {

// RFC 3326 §2 and RFC 3261 §16.7 as telephones read it: no missed call in their lists.
constexpr std::string_view completed_elsewhere = "SIP ;cause=200 ;text=\"Call completed elsewhere\"";

/// Which refusal to tell the caller of when several devices refused: a person's decision counts more than a device's trouble.
int weight_of(int status) {
  if (status == 600 || status == 603) return 4;
  if (status == 486) return 3;
  if (status == 480) return 2;
  return status == 408 || status == 503 ? 0 : 1;
}

/// Ruling 19.
journal::Status record_status(int sip_code) {
  switch (sip_code) {
    case 486:
    case 600:
    case 603:
      return journal::Status::busy;
    case 480:
      return journal::Status::noanswer;
    case 408:
      return journal::Status::timeout;
    default:
      return journal::Status::failed;
  }
}

/// Passes ringing and early media of the latest device that sent any on to the caller.
Task<> relay_progress(Call& call, Leg& leg, LegEvent event) {
  if (!event.has_session) {
    call.caller().ring(event.status == 181 || event.status == 182 ? event.status : 180, nullptr);
    co_return;
  }
  const bool joined = co_await call.update_media(leg, mediaclient::Phase::early);
  const sdp::Session* offer = call.caller().session().offered();
  const sdp::Session* answer = leg.session().remote();
  if (!joined || offer == nullptr || answer == nullptr) co_return;
  const sdp::Draft draft = sdp::make_relayed_answer(*offer, *answer, call.ports_towards(call.caller()));
  call.caller().ring(event.status, &draft);
}

}  // namespace

Task<Leg*> ring(Call& call, std::vector<Contact> contacts, RingOptions options) {
  std::vector<Leg*> ringing;
  const sdp::Session* offer = call.caller().session().offered();
  CARILLON_ENSURE(offer != nullptr);
  for (const Contact& contact : contacts) {
    Leg* leg = call.add_leg(contact, options.target, options.from, options.to);
    if (leg == nullptr) break;
    const sdp::Draft draft = sdp::make_relayed_offer(*offer, call.ports_towards(*leg));
    ringing.push_back(leg);
    leg->invite(draft, options.max_forwards);
  }

  const Monotonic deadline = call.services().loop.now() + std::min<Duration>(options.ring_time, ring_time_max);
  bool has_rung = false;
  int refusal = 0;
  std::string reason;
  while (!ringing.empty()) {
    std::optional<LegEvent> event = co_await call.next_event(deadline);
    if (!event) {
      call.explain(has_rung ? "ring: nobody answered in time" : "ring: no device gave a sign of life in time");
      for (Leg* leg : ringing) call.drop_leg(*leg, {});
      if (has_rung)
        call.set_ending(journal::Status::noanswer, 480, "No answer");
      else
        call.set_ending(journal::Status::timeout, 408);
      co_return nullptr;
    }
    Leg* leg = event->leg;
    if (event->kind == LegEvent::Kind::progress) {
      has_rung = true;
      co_await relay_progress(call, *leg, std::move(*event));
    } else if (event->kind == LegEvent::Kind::answered) {
      call.note_attempt_over(*leg, 200);
      for (Leg* other : ringing)
        if (other != leg) call.drop_leg(*other, completed_elsewhere);
      co_return leg;
    } else if (event->kind == LegEvent::Kind::failed) {
      call.note_attempt_over(*leg, event->status);
      std::erase(ringing, leg);
      if (refusal == 0 || weight_of(event->status) > weight_of(refusal)) {
        refusal = event->status;
        reason = event->reason;
      }
      if (event->status == 600 || event->status == 603) break;  // RFC 3261 §21.6: nobody else need be asked.
    }
  }
  for (Leg* leg : ringing) call.drop_leg(*leg, {});
  if (refusal == 0) refusal = 480;
  // A device's redirection or challenge means nothing to the caller.
  const int told = refusal < 400 || refusal == 401 || refusal == 407 ? 480 : refusal;
  call.set_ending(record_status(refusal), told, reason);
  co_return nullptr;
}

}  // namespace carillon::call

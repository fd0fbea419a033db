// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/ring.hpp"

#include <algorithm>

#include "base/kill_point.hpp"
#include "call/fork_plan.hpp"
#include "call/relay_offer.hpp"

namespace carillon::call {

namespace {

// RFC 3326 §2 and RFC 3261 §16.7 as telephones read it: no missed call in their lists.
constexpr std::string_view completed_elsewhere = "SIP ;cause=200 ;text=\"Call completed elsewhere\"";

/// Which refusal to tell the caller of when several devices refused: a person's decision counts more than a device's trouble.
int weight_of(int status) {
  if (status >= 600) return 4;
  if (status == 486) return 3;
  if (status == 480) return 2;
  return status == 408 || status == 503 ? 0 : 1;
}

/// The refusal that counts so far.
struct Refusal {
  int status = 0;
  std::string reason;
  std::string cause;
  Duration retry_after{};
  bool is_unreachable = false;

  void weigh(const LegEvent& event) {
    is_unreachable |= event.is_unreachable;
    retry_after = std::max(retry_after, event.retry_after);
    if (status != 0 && weight_of(event.status) <= weight_of(status)) return;
    status = event.status;
    reason = event.reason;
    cause = event.cause;
  }
};

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

void end_refused(Call& call, const Refusal& refusal) {
  const int status = refusal.status == 0 ? 480 : refusal.status;
  // Reliability T-10: a device's word sends nobody elsewhere. Its redirection or challenge means nothing to the caller.
  if (status < 400) call.explain("ring: a device redirects, which is not followed");
  // RFC 3261 §16.7 step 6, §21.5.4: its 503 says nothing of us, and would keep the caller from calling anybody.
  const bool is_its_own = status < 400 || status == 401 || status == 407 || status == 503;
  const int told = is_its_own ? 480 : status;
  call.set_cause(refusal.cause);
  call.set_ending(record_status(status), told, refusal.reason);
}

void end_unanswered(Call& call, bool has_rung) {
  call.explain(has_rung ? "ring: nobody answered in time" : "ring: no device gave a sign of life in time");
  if (has_rung)
    call.set_ending(journal::Status::noanswer, 480, "No answer");
  else
    call.set_ending(journal::Status::timeout, 408);
}

/// Passes ringing and early media of the latest device that sent any on to the caller.
Task<> relay_progress(Call& call, Leg& leg, LegEvent event) {
  const bool is_in_call = call.caller().state() == Leg::State::confirmed;  // Somebody transferred it.
  if (!event.has_session || is_in_call) {
    call.report_progress(leg, event.status == 181 || event.status == 182 ? event.status : 180, nullptr);
    co_return;
  }
  const bool joined = co_await call.update_media(leg, mediaclient::Phase::early);
  const sdp::Session* offer = call.caller().session().offered();
  const sdp::Session* answer = leg.session().remote();
  if (!joined || answer == nullptr) co_return;
  if (offer == nullptr) {  // The caller has a binding answer already; our ports stay the same.
    call.report_progress(leg, event.status, nullptr);
    co_return;
  }
  const sdp::Draft draft = sdp::make_relayed_answer(*offer, *answer, call.ports_towards(call.caller()));
  call.report_progress(leg, event.status, &draft);
}

/// An offer during ringing (UPDATE, PRACK). It goes to the other side where that can take one; else it is answered from what the
/// other side has said so far, since media passes through us.
Task<> answer_early(Call& call, OfferRelay& relay, Leg& asking, Leg* other) {
  if (other != nullptr && other->can_offer()) {
    relay.begin(asking, *other);
    co_return;
  }
  const sdp::Session* offer = asking.session().offered();
  const sdp::Session* known = other == nullptr ? nullptr : other->session().offered();
  if (other != nullptr && known == nullptr) known = other->session().remote();
  if (offer == nullptr || known == nullptr) {
    asking.refuse_offer(488);
    co_return;
  }
  const sdp::Draft draft = sdp::make_relayed_answer(*offer, *known, call.ports_towards(asking));
  asking.answer_offer(draft);
  co_await call.update_media(asking, mediaclient::Phase::early);
}

/// How long those that ring are waited for while none of them has rung.
Duration patience_for(const std::vector<Leg*>& ringing, const RingOptions& options) {
  constexpr Duration no_limit = 24h;
  const bool is_heard_of = std::ranges::any_of(ringing, [](const Leg* leg) { return leg->is_heard_of(); });
  const Duration patience = is_heard_of ? options.first_ringing : options.first_sign;
  return patience == Duration{} ? no_limit : patience;
}

/// What a device is offered: the caller's offer, or for one that is in a call already what it can do. Nothing for a caller that
/// wants to hear the device's offer.
std::optional<sdp::Draft> offer_for(Call& call, const Leg& device) {
  const sdp::OfferAnswer& session = call.caller().session();
  if (session.offered() != nullptr) return sdp::make_relayed_offer(*session.offered(), call.ports_towards(device));
  if (session.remote() == nullptr) return std::nullopt;
  return sdp::make_fresh_offer(*session.remote(), call.ports_towards(device));
}

/// Those whose turn is next.
void invite_next(Call& call, ForkPlan& plan, const RingOptions& options, std::vector<Leg*>& ringing) {
  for (const Contact& contact : plan.take_next()) {
    Leg* leg = call.add_leg(contact, options.target, options.from, options.to);
    if (leg == nullptr) return;
    const std::optional<sdp::Draft> draft = offer_for(call, *leg);
    ringing.push_back(leg);
    leg->invite(draft ? &*draft : nullptr, options.max_forwards, options.referred_by);
  }
}

}  // namespace

Task<Rung> ring(Call& call, std::vector<Contact> contacts, RingOptions options) {
  ForkPlan plan(std::move(contacts), options.turn != Duration{});
  const Monotonic begun = call.services().loop.now();
  const Monotonic deadline = begun + std::min<Duration>(options.ring_time, ring_time_max);
  Monotonic turn_ends{};
  std::vector<Leg*> ringing;
  bool has_rung = false;
  bool was_heard = false;
  Refusal refusal;
  Leg* heard = nullptr;
  OfferRelay relay(call);
  while (true) {
    if (ringing.empty()) {
      turn_ends = std::min(deadline, call.services().loop.now() + options.turn);
      invite_next(call, plan, options, ringing);
      if (ringing.empty()) break;
    }
    const bool is_last_turn = plan.is_last() || turn_ends == deadline;
    const Monotonic patience_ends = has_rung ? Monotonic::max() : begun + patience_for(ringing, options);
    const Monotonic wait_until = std::min(is_last_turn ? deadline : turn_ends, patience_ends);
    std::optional<LegEvent> event = co_await call.next_event(wait_until);
    if (!event && wait_until == patience_ends && begun + patience_for(ringing, options) > wait_until) continue;
    if (!event && !is_last_turn && wait_until == turn_ends) {
      relay.drop();
      for (Leg* leg : ringing) call.drop_leg(*leg, {});
      ringing.clear();
      heard = nullptr;
      continue;
    }
    if (!event) {
      for (Leg* leg : ringing) call.drop_leg(*leg, {});
      end_unanswered(call, has_rung);
      co_return Rung{.answered = nullptr, .status = has_rung ? 480 : 408, .was_heard = was_heard};
    }
    Leg* leg = event->leg;
    if (event->kind == LegEvent::Kind::progress) {
      has_rung = true;
      if (event->has_session) heard = leg;
      was_heard |= event->has_session;
      co_await relay_progress(call, *leg, std::move(*event));
    } else if (event->kind == LegEvent::Kind::answered || event->kind == LegEvent::Kind::picked_up) {
      call.note_attempt_over(*leg, 200);
      kill_point("ring.winner_chosen");
      for (Leg* other : ringing)
        if (other != leg) call.drop_leg(*other, completed_elsewhere);
      kill_point("ring.losers_dropped");
      relay.drop();
      co_return Rung{.answered = leg};
    } else if (event->kind == LegEvent::Kind::failed) {
      call.note_attempt_over(*leg, event->status);
      std::erase(ringing, leg);
      if (heard == leg) heard = nullptr;
      refusal.weigh(*event);
      if (event->status >= 600) break;  // RFC 3261 §21.6: nobody else need be asked.
    } else if (event->kind == LegEvent::Kind::offer) {
      Leg* other = leg == &call.caller() ? heard : &call.caller();
      co_await answer_early(call, relay, *leg, other);
    } else if (event->kind == LegEvent::Kind::refer) {
      leg->notify_refer(603);  // A side that is being transferred transfers nobody.
    } else {
      co_await relay.take(std::move(*event));
    }
  }
  for (Leg* leg : ringing) call.drop_leg(*leg, {});
  end_refused(call, refusal);
  co_return Rung{.answered = nullptr,
                 .status = refusal.status,
                 .was_heard = was_heard,
                 .is_unreachable = refusal.is_unreachable,
                 .retry_after = refusal.retry_after};
}

}  // namespace carillon::call

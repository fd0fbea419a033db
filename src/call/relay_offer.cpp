// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/relay_offer.hpp"

#include "base/kill_point.hpp"

namespace carillon::call {

void OfferRelay::begin(Leg& asking, Leg& asked) {
  if (is_open()) return asking.refuse_offer(491);  // RFC 3261 §14.2: both sides want something at the same time.
  if (!asked.can_offer()) return asking.refuse_offer(488);
  asking_ = &asking;
  asked_ = &asked;
  asked.meet(asking);
  const sdp::Session* offer = asking.session().offered();
  if (offer == nullptr) {
    operation_ = asked.ask_offer();
    return;
  }
  sdp::Draft draft = sdp::make_relayed_offer(*offer, call_.ports_towards(asked));
  operation_ = asked.offer(std::move(draft), !asking.is_asking_by_invite());
  kill_point("relay.offer_passed");
}

void OfferRelay::drop() {
  if (!is_open()) return;
  Leg& asking = *asking_;
  asking_ = asked_ = nullptr;
  asking.refuse_offer(491);
}

Task<bool> OfferRelay::take(LegEvent event) {
  switch (event.kind) {
    case LegEvent::Kind::offer_refused:
      if (is_ours(event)) {
        asking_->refuse_offer(event.status);
        asking_ = asked_ = nullptr;
      }
      co_return true;
    case LegEvent::Kind::offer_answered: {
      const bool is_usable = co_await take_answer(*event.leg, is_ours(event));
      co_return is_usable;
    }
    case LegEvent::Kind::counter_offer: {
      const bool is_usable = co_await take_counter_offer(*event.leg, is_ours(event));
      co_return is_usable;
    }
    case LegEvent::Kind::late_answer: {
      if (!event.has_session) co_return false;  // RFC 3261 §13.2.1: without an answer there is no session.
      const bool is_usable = co_await take_late_answer(*event.leg);
      co_return is_usable;
    }
    default:
      co_return true;
  }
}

Task<bool> OfferRelay::take_answer(Leg& asked, bool is_ours) {
  Leg* asking = is_ours ? asking_ : nullptr;
  if (is_ours) asking_ = asked_ = nullptr;
  const bool is_asked_updated = co_await call_.update_media(asked, mediaclient::Phase::answered);
  if (asking == nullptr) co_return is_asked_updated;
  const sdp::Session* answer = asked.session().remote();
  const sdp::Session* offer = asking->session().offered();
  if (!asking->is_asking() || offer == nullptr || answer == nullptr) {
    // Whoever asked has taken it back (CANCEL), or another branch of its fork is heard by now: the other side gets what counts
    // there.
    asking->refuse_offer(500);
    if (const sdp::Session* agreed = asking->session().remote()) {
      sdp::Draft draft = sdp::make_relayed_offer(*agreed, call_.ports_towards(asked));
      asked.offer(std::move(draft), false);
    }
    co_return is_asked_updated;
  }
  asking->meet(asked);
  const sdp::Draft reply = sdp::make_relayed_answer(*offer, *answer, call_.ports_towards(*asking));
  kill_point("relay.answering");
  asking->answer_offer(reply);
  kill_point("relay.answer_passed");
  const bool is_asking_updated = co_await call_.update_media(*asking, mediaclient::Phase::answered);
  co_return is_asked_updated&& is_asking_updated;
}

Task<bool> OfferRelay::take_counter_offer(Leg& asked, bool is_ours) {
  const sdp::Session* offer = asked.session().offered();
  CARILLON_ENSURE(offer != nullptr);
  if (is_ours && asking_->is_asking()) {
    const sdp::Draft draft = sdp::make_relayed_offer(*offer, call_.ports_towards(*asking_));
    asking_->answer_offer(draft);
    co_return true;
  }
  // Nobody wants it any more. It must be answered nevertheless: with what the other side said last.
  if (is_ours) asking_ = asked_ = nullptr;
  const Leg* other = call_.peer_of(asked);
  const sdp::Session* agreed = other != nullptr ? other->session().remote() : offer;
  const sdp::Draft draft = sdp::make_relayed_answer(*offer, agreed != nullptr ? *agreed : *offer, call_.ports_towards(asked));
  asked.acknowledge(draft);
  const bool is_updated = co_await call_.update_media(asked, mediaclient::Phase::answered);
  co_return is_updated;
}

Task<bool> OfferRelay::take_late_answer(Leg& asking) {
  Leg* asked = asking_ == &asking ? asked_ : nullptr;
  if (asked != nullptr) asking_ = asked_ = nullptr;
  const sdp::Session* answer = asking.session().remote();
  CARILLON_ENSURE(answer != nullptr);
  if (asked != nullptr) {
    if (const sdp::Session* offer = asked->session().offered()) {
      const sdp::Draft draft = sdp::make_relayed_answer(*offer, *answer, call_.ports_towards(*asked));
      asked->acknowledge(draft);
    }
    const bool is_asked_updated = co_await call_.update_media(*asked, mediaclient::Phase::answered);
    if (!is_asked_updated) co_return false;
  }
  const bool is_asking_updated = co_await call_.update_media(asking, mediaclient::Phase::answered);
  co_return is_asking_updated;
}

}  // namespace carillon::call

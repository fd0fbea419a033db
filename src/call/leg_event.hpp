// SPDX-License-Identifier: GPL-3.0-or-later
// What happens on a leg, in the words of a call's story: the protocol below has already answered what needs no decision.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "sip/refer.hpp"

namespace carillon::call {

class Leg;

struct LegEvent {
  enum class Kind : std::uint8_t {
    progress,  ///< A called leg rings or sends early media: status 18x; `has_session` if session().remote() is new.
    answered,  ///< A called leg sent 2xx: session().remote() is its answer and the ACK has left; or session().offered() is there.
    picked_up,  ///< Call::pick_up(): `leg` has answered instead of those that ring.
    failed,     ///< A called leg is over before it was answered: status 3xx-6xx; 408 when it stayed silent, 503 when unreachable.
    ready,      ///< The caller acknowledged its reliable ringing: Leg::can_answer().
    offer,  ///< The peer wants something of the session: session().offered(), or without `has_session` an offer of ours. Wants
            ///< Leg::answer_offer() or Leg::refuse_offer().
    late_answer,     ///< The ACK answered the offer in our 2xx: session().remote(); without `has_session` it failed to.
    counter_offer,   ///< The 2xx to Leg::ask_offer(): session().offered(); wants Leg::acknowledge().
    offer_answered,  ///< Our offer was accepted; session().remote() is the answer.
    offer_refused,   ///< Our offer was refused with `status`; the session stays as it was.
    refer,     ///< The peer wants the other side elsewhere: `refer`; already answered 202. Wants Leg::notify_refer() with a final
               ///< status.
    replaced,  ///< Call::replace(): `leg` has taken the place of another.
    command,   ///< Call::obey(): somebody outside wants something of the call, which Call::command() tells.
    transferred,      ///< Call::lend(): the leg that was lent has found its place elsewhere.
    not_transferred,  ///< It came back, as `leg`; null if it has hung up.
    info,             ///< INFO with a body (digits as application/dtmf-relay or application/dtmf); already answered 200.
    hung_up,          ///< The dialog is over: BYE, or nobody acknowledges or answers any more.
    media_silent,     ///< No media from this side for the media timeout.
  };

  Kind kind = Kind::hung_up;
  Leg* leg = nullptr;  ///< Owned by the call; alive as long as the event is.
  int status = 0;
  std::uint32_t operation = 0;  ///< With counter_offer, offer_answered and offer_refused: what Leg::offer() gave.
  std::string reason;           ///< Reason phrase of a final answer.
  std::string cause;            ///< The Reason to pass on, or empty.
  Duration retry_after{};       ///< With failed and 503: when the peer may be asked again.
  bool is_unreachable = false;  ///< With failed: the network said so, nobody else did.
  bool has_session = false;
  std::string content_type;  ///< With info.
  std::string body;          ///< With info.
  std::unique_ptr<sip::ReferTo> refer;
};

}  // namespace carillon::call

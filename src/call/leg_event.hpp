// SPDX-License-Identifier: GPL-3.0-or-later
// What happens on a leg, in the words of a call's story: the protocol below has already answered what needs no decision.
#pragma once

#include <cstdint>
#include <string>

namespace carillon::call {

class Leg;

struct LegEvent {
  enum class Kind : std::uint8_t {
    progress,  ///< A called leg rings or sends early media: status 18x; `has_session` if session().remote() is new.
    answered,  ///< A called leg sent 2xx; the ACK has left. session().remote() is its answer.
    failed,    ///< A called leg is over before it was answered: status 3xx-6xx; 408 when it stayed silent, 503 when unreachable.
    offer,     ///< re-INVITE with an offer, session().offered(); wants Leg::answer_offer() or Leg::refuse_offer().
    offer_answered,  ///< Our re-INVITE was accepted; session().remote() is the answer.
    offer_refused,   ///< Our re-INVITE was refused with `status`; the session stays as it was.
    info,            ///< INFO with a body (digits as application/dtmf-relay or application/dtmf); already answered 200.
    hung_up,         ///< The dialog is over: BYE, or nobody acknowledges or answers any more.
    media_silent,    ///< No media from this side for the media timeout.
  };

  Kind kind = Kind::hung_up;
  Leg* leg = nullptr;  ///< Owned by the call; alive as long as the event is.
  int status = 0;
  std::string reason;  ///< Reason phrase of a final answer.
  bool has_session = false;
  std::string content_type;  ///< With info.
  std::string body;          ///< With info.
};

}  // namespace carillon::call

// SPDX-License-Identifier: GPL-3.0-or-later
// What one side of a call asks of the session is asked of the other side: an offer goes over and its answer comes back, or a
// request for an offer goes over and the offer comes back, whose answer follows in the ACKs.
#pragma once

#include "base/task.hpp"
#include "call/call.hpp"

namespace carillon::call {

/// One exchange at a time. Lives in a story, which gives it its events.
class OfferRelay {
 public:
  explicit OfferRelay(Call& call) : call_(call) {}

  /// `asking` wants something (LegEvent `offer`). Refused at once with 491 while another exchange runs.
  void begin(Leg& asking, Leg& asked);
  /// `asking` got the offer of `asked` in its 200 (a call without an offer); the answer comes with its ACK.
  void expect_late_answer(Leg& asking, Leg& asked) {
    asking_ = &asking;
    asked_ = &asked;
  }
  /// Refuses whoever asks: the other side is no longer there.
  void drop();
  bool is_open() const { return asking_ != nullptr; }
  /// Takes the kinds that belong to an exchange, also those of an offer that the story made by itself. False when the session of
  /// a leg is unusable from now on: end the call. Suspends for media.
  Task<bool> take(LegEvent event);

 private:
  Task<bool> take_answer(Leg& asked, bool is_ours);
  Task<bool> take_late_answer(Leg& asking);
  Task<bool> take_counter_offer(Leg& asked, bool is_ours);
  bool is_ours(const LegEvent& event) const { return event.leg == asked_ && event.operation == operation_; }

  Call& call_;
  Leg* asking_ = nullptr;
  Leg* asked_ = nullptr;
  std::uint32_t operation_ = 0;  ///< What was asked of it; an answer to anything else is not ours.
};

}  // namespace carillon::call

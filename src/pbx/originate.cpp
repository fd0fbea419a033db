// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/originate.hpp"

#include <algorithm>

#include "base/kill_point.hpp"
#include "pbx/dial.hpp"

namespace carillon::pbx {

namespace {

using Kind = call::LegEvent::Kind;

/// How long the caller's own devices ring: whoever clicked sits beside them.
constexpr Duration own_ring_time = 30s;
// RFC 3326 §2: no missed call in the lists of the devices that did not answer.
constexpr std::string_view completed_elsewhere = "SIP ;cause=200 ;text=\"Call completed elsewhere\"";

void give_up(call::Call& call, int status, std::string_view why) {
  call.explain(fmt::format("originate: {}", why));
  call.set_ending(journal::Status::cancel, status);
}

/// The own device that answers, or null with the ending set.
Task<call::Leg*> ring_own_devices(call::Call& call) {
  std::vector<call::Leg*> ringing = call.called_legs();
  for (call::Leg* leg : ringing) leg->invite(nullptr, call.facts().max_forwards, {}, call.facts().is_auto_answer);
  const Monotonic deadline = call.services().loop.now() + std::min(own_ring_time, call.services().limits.ring_time);
  int status = 480;
  while (!ringing.empty()) {
    std::optional<call::LegEvent> event = co_await call.next_event(deadline);
    if (!event) {
      give_up(call, 480, "the caller did not answer in time");
      co_return nullptr;
    }
    if (event->kind == Kind::answered) {
      call.note_attempt_over(*event->leg, 200);
      for (call::Leg* other : ringing)
        if (other != event->leg) call.drop_leg(*other, completed_elsewhere);
      co_return event->leg;
    }
    if (event->kind != Kind::failed) continue;
    call.note_attempt_over(*event->leg, event->status);
    std::erase(ringing, event->leg);
    status = event->status;
    if (status >= 600) break;  // RFC 3261 §21.6: nobody else need be asked.
  }
  for (call::Leg* leg : ringing) call.drop_leg(*leg, {});
  give_up(call, status, "the caller's device refused");
  co_return nullptr;
}

}  // namespace

Task<> originate(call::Call& call) {
  call::Leg* own = co_await ring_own_devices(call);
  if (own == nullptr) co_return;
  kill_point("originate.answered");
  if (own->state() != call::Leg::State::confirmed) {  // It has hung up in the same moment.
    give_up(call, 487, "the caller hung up");
    co_return;
  }
  call.take_as_caller(*own);
  co_await dial(call);
}

}  // namespace carillon::pbx

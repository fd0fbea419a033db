// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/take_up.hpp"

#include <algorithm>

#include "base/kill_point.hpp"
#include "call/converse.hpp"

namespace carillon::call {

namespace {

/// How long media may take to be there: it may have been restarted along with us.
constexpr int media_tries = 20;
constexpr Duration media_retry = 250ms;

const journal::Dialog* find(const journal::UnfinishedCall& past, journal::Side side) {
  const auto found = std::ranges::find(past.dialogs, side, &journal::Dialog::side);
  return found == past.dialogs.end() ? nullptr : &*found;
}

}  // namespace

Result<std::unique_ptr<Call>> Call::take_up(Services services, Owner& owner, Facts facts, const journal::UnfinishedCall& past) {
  const journal::Dialog* caller = find(past, journal::Side::caller);
  const journal::Dialog* callee = find(past, journal::Side::callee);
  if (!past.answered || caller == nullptr || callee == nullptr) return failure(LegFault::bad_dialog, "not answered");
  std::unique_ptr<Call> call(new Call(services, owner, std::move(facts)));
  call->id_ = past.setup.call;
  call->begin_trace();
  call->sip_call_id_ = past.setup.sip_call_id;
  call->started_at_ = past.setup.started_at;
  call->answered_at_ = past.answered->at;
  call->callee_ = past.reserved ? past.reserved->callee : past.setup.callee;
  call->is_outbound_ = past.reserved.has_value();
  call->callee_user_ = {past.answered->callee_user};
  call->answered_by_ = past.answered->callee;
  if (const directory::Terminal* terminal = call->facts_.customer->find_terminal(callee->account))
    call->callee_terminal_ = terminal->id;
  call->alive_at_ = past.alive_at.value_or(past.answered->at);
  const auto talked = journal::elapsed(past.answered->up, journal::uptime_of(services.loop.now()));
  const Duration elapsed = talked ? *talked : std::max(Duration{}, services.loop.wall() - call->answered_at_);
  call->answered_ = services.loop.now() - elapsed;
  call->known_at_ = call->answered_at_ + elapsed;
  call->has_media_ = true;
  call->set_ending(journal::Status::ok, 200);
  call->explain("taken up: signalling was restarted");
  const auto take_up = [&call](const journal::Dialog& dialog) {
    Leg::Ground ground = call->ground_of(call->facts_.customer->find_terminal(dialog.account), dialog.account);
    const Facts& known = call->facts_;
    if (dialog.account.empty()) ground.trunk = dialog.side == journal::Side::caller ? known.trunk : known.called_trunk;
    // A leg that has moved here from another call, or whose carrier is gone: its requests come from where it was.
    if (dialog.account.empty() && !ground.trunk) ground.trunk = std::make_shared<const TrunkSide>();
    return Leg::take_up(std::move(ground), dialog);
  };
  CARILLON_TRY(caller_leg_made, take_up(*caller));
  call->caller_ = std::move(caller_leg_made);
  CARILLON_TRY(callee_leg_made, take_up(*callee));
  journal::Attempt attempt{.target = call->callee_,
                           .contact = callee->remote_target,
                           .started_at = call->started_at_,
                           .ended_at = call->answered_at_,
                           .sip_code = 200};
  call->is_caller_held_ = caller->is_held;
  call->is_callee_held_ = callee->is_held;
  Branch& branch = call->branches_.emplace_back(std::move(callee_leg_made), std::move(attempt), true);
  call->answered_leg_ = branch.leg.get();
  // What a carrier was shown is in its words, and not for telephones. Who hides may have been shown, to the callee alone.
  const std::string& realm = call->facts_.customer->realm();
  const bool is_hidden = caller->account.empty() ? past.setup.caller == "anonymous" : call->facts_.hides_inside();
  if (branch.leg->is_trunk())
    call->caller_party_ = {.user = past.setup.caller, .domain = realm, .display = {}};
  else
    call->caller_party_ = is_hidden ? Party::anonymous(realm) : Party::of_address(branch.leg->shown_party());
  const std::string& answered_by = past.answered->callee.empty() ? call->callee_ : past.answered->callee;
  call->callee_party_ = call->caller_->is_trunk() ? Party{.user = answered_by, .domain = realm, .display = {}}
                                                  : Party::of_address(call->caller_->shown_party());
  kill_point("takeup.call_made");
  return call;
}

Task<bool> Call::take_up_media() {
  for (Leg* leg : {caller_.get(), answered_leg_}) {
    const bool is_caller = leg == caller_.get();
    const mediaclient::LegId self{id_, is_caller ? caller_leg : callee_leg};
    const mediaclient::LegId other{id_, is_caller ? callee_leg : caller_leg};
    mediaclient::LegPorts& known = is_caller ? caller_ports_ : callee_ports_;
    for (int tries = 1; known.streams.empty(); ++tries) {
      const sdp::Session* session = leg->session().remote();
      if (session == nullptr) co_return false;  // It is over.
      mediaclient::LegSpec spec = spec_of(*leg, *session);
      auto ports = co_await services_.media.modify_and_connect(self, std::move(spec), other, mediaclient::Phase::answered);
      if (ports) {
        known = std::move(*ports);
        break;
      }
      const bool is_away = ports.error().is(mediaclient::Fault::unavailable) || ports.error().is(mediaclient::Fault::timeout);
      if (!is_away || tries == media_tries) {
        explain(fmt::format("media: {} {}", ports.error().code, ports.error().what));
        is_lost_ = true;
        co_return false;
      }
      co_await sleep(services_.loop, media_retry);
    }
  }
  co_return true;
}

Task<> resume(Call& call) {
  Leg& callee = *call.peer_of(call.caller());
  if (!call.caller().is_settled() || !callee.is_settled()) {  // Reliability 3.1: it is not known that the caller has heard of it.
    call.explain("ended: it was just being answered");
    call.end_unheard();
    co_return;
  }
  call.caller().probe();
  callee.probe();
  kill_point("takeup.probed");
  const bool has_media = co_await call.take_up_media();
  kill_point("takeup.media_taken");
  if (!has_media) co_return;
  co_await go_on_conversing(call);
}

}  // namespace carillon::call

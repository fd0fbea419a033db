// SPDX-License-Identifier: GPL-3.0-or-later
// Legs that move from one call to another, as transfers need it: each keeps its dialog and its identifiers.
#include <algorithm>
#include <ranges>

#include "base/kill_point.hpp"
#include "call/call.hpp"

namespace carillon::call {

std::unique_ptr<Leg>& Call::place_of(const Leg& leg) {
  if (&leg == caller_.get()) return caller_;
  const auto branch = std::ranges::find_if(branches_, [&leg](const Branch& each) { return each.leg.get() == &leg; });
  CARILLON_ENSURE(branch != branches_.end());
  return branch->leg;
}

Leg* Call::peer_of(const Leg& leg) const {
  return &leg == caller_.get() ? answered_leg_ : caller_.get();
}

Leg* Call::find_leg(const sip::Replaces& named) const {
  if (caller_ && caller_->is_dialog(named)) return caller_.get();
  const auto branch = std::ranges::find_if(branches_, [&](const Branch& each) { return each.leg && each.leg->is_dialog(named); });
  return branch == branches_.end() ? nullptr : branch->leg.get();
}

std::unique_ptr<Leg> Call::lend(Leg& leg) {
  CARILLON_ENSURE(!is_lent() && leg.state() == Leg::State::confirmed);
  // What it has asked is not answered here any more.
  leg.refuse_offer(491);
  leg.notify_refer(603);
  events_.drop(leg);
  give_up_hold();
  loan_place_ = &place_of(leg);
  if (&leg == answered_leg_) answered_leg_ = nullptr;
  return std::move(*loan_place_);
}

void Call::on_loan_progress(int status) {
  if (is_finished_ || !is_lent()) return;
  if (Leg* referrer = caller_ ? caller_.get() : answered_leg_) referrer->notify_refer(status);
}

void Call::on_loan_kept() {
  if (is_finished_ || !is_lent()) return;
  kill_point("transfer.loan_kept");
  loan_place_ = nullptr;
  if (Leg* referrer = caller_ ? caller_.get() : answered_leg_) referrer->notify_refer(200);
  end_command({.outcome = Command::Outcome::done});
  events_.push({.kind = LegEvent::Kind::transferred});
}

void Call::on_loan_returned(std::unique_ptr<Leg> leg, int status, std::string_view reason) {
  CARILLON_ENSURE(!is_finished_ && is_lent());
  Leg* referrer = caller_ ? caller_.get() : answered_leg_;
  Leg* returned = leg.get();
  if (leg) {
    leg->move_to(*this);
    *loan_place_ = std::move(leg);
    if (loan_place_ != &caller_) answered_leg_ = returned;
  }
  loan_place_ = nullptr;
  if (referrer != nullptr) referrer->notify_refer(status, reason);
  end_command({.outcome = Command::Outcome::refused, .status = status});
  events_.push({.kind = LegEvent::Kind::not_transferred, .leg = returned, .status = status});
}

/// The end of a call that dialled for a leg of another's: without an answer the leg goes back, where it is still wanted.
void Call::settle_loan() {
  if (facts_.link_reason != journal::LinkReason::transfer || is_answered()) return;
  Call* lender = services_.switchboard.find_call(facts_.linked_call);
  if (lender == nullptr || lender->is_finished_ || !lender->is_lent()) return;
  const bool is_there = caller_ && caller_->state() == Leg::State::confirmed;
  lender->on_loan_returned(is_there ? std::move(caller_) : nullptr, sip_code_, reason_);
}

bool Call::can_replace(const Leg& leg) const {
  if (is_finished_ || is_lent() || leg.state() == Leg::State::draining || leg.state() == Leg::State::over) return false;
  // Between the end of a loan and the end of the call that lent, one side is alone.
  if (&leg == answered_leg_) return leg.is_settled() && caller_ && caller_->is_settled();
  // The caller, also while it rings: then the devices know what it offered.
  if (&leg != caller_.get()) return false;
  if (leg.state() != Leg::State::confirmed) return leg.session().offered() != nullptr || leg.session().remote() != nullptr;
  return leg.is_settled() && answered_leg_ != nullptr && answered_leg_->is_settled();
}

void Call::replace(Leg& old, std::unique_ptr<Leg> fresh, Party party) {
  CARILLON_ENSURE(can_replace(old) && fresh);
  std::unique_ptr<Leg>& place = place_of(old);
  (&place == &caller_ ? caller_party_ : callee_party_) = std::move(party);
  Leg& added = *fresh;
  added.move_to(*this);
  give_up_hold();
  is_caller_held_ = is_callee_held_ = false;  // Both are to hear each other.
  events_.drop(old);
  replaced_.push_back(std::exchange(place, std::move(fresh)));
  if (answered_leg_ == &old) answered_leg_ = &added;
  on_dialog_changed(added);
  kill_point("transfer.leg_replaced");
  old.release(487, {}, {});
  events_.push({.kind = LegEvent::Kind::replaced, .leg = &added});
}

bool Call::can_pick_up(const Leg& leg) const {
  const auto is_answer = [](const Branch& each) { return each.leg && each.leg->state() == Leg::State::confirmed; };
  return !is_finished_ && caller_ && leg.side() == Leg::Side::callee && leg.state() == Leg::State::early &&
         std::ranges::none_of(branches_, is_answer);
}

void Call::pick_up(std::unique_ptr<Leg> fresh, Party party, Id<model::User> user) {
  Leg& added = *fresh;
  added.move_to(*this);
  callee_party_ = std::move(party);
  callee_user_ = user;
  callee_terminal_ = added.terminal();
  answered_by_ = callee_party_.user;
  if (caller_->state() != Leg::State::confirmed) caller_->show(callee_party_);
  caller_->meet(added);
  journal::Attempt attempt{.target = answered_by_, .contact = std::string(added.remote_target()), .started_at = wall()};
  branches_.emplace_back(std::move(fresh), std::move(attempt));
  events_.push({.kind = LegEvent::Kind::picked_up, .leg = &added});
}

// ---- Calls that somebody wants for a telephone ----

std::unique_ptr<Call> Call::originate(Services services, Owner& owner, Facts facts, const std::vector<Contact>& contacts) {
  constexpr std::size_t devices_max = 4;  // There must be legs left for those who are called.
  std::unique_ptr<Call> call(new Call(services, owner, std::move(facts)));
  call->begin_trace();
  const Facts& known = call->facts_;
  // The device shows whom it is about to call, and its own number as the one that is called.
  const Party from{.user = known.dialled, .domain = known.customer->realm(), .display = {}};
  const Party to{.user = known.caller, .domain = known.customer->realm(), .display = {}};
  for (const Contact& contact : contacts | std::views::take(devices_max)) call->add_leg(contact, known.caller, from, to);
  return call;
}

std::vector<Leg*> Call::called_legs() const {
  std::vector<Leg*> legs;
  for (const Branch& branch : branches_)
    if (branch.leg) legs.push_back(branch.leg.get());
  return legs;
}

void Call::take_as_caller(Leg& leg) {
  CARILLON_ENSURE(caller_ == nullptr && leg.state() == Leg::State::confirmed);
  std::unique_ptr<Leg>& place = place_of(leg);
  caller_ = std::move(place);
}

/// Its device made the offer, and nobody has heard it yet: what it can do is what it gets, until there is somebody to talk to.
void Call::acknowledge_caller() {
  const sdp::Session* offer = caller_->session().offered();
  if (offer == nullptr) return;  // It is over.
  const sdp::Draft draft = sdp::make_relayed_answer(*offer, *offer, ports_towards(*caller_));
  caller_->acknowledge(draft);
  services_.journal.append(dialog_record(*caller_, journal::Side::caller, caller_leg));
  kill_point("originate.acknowledged");
}

}  // namespace carillon::call

// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/command.hpp"

#include "base/kill_point.hpp"
#include "call/call.hpp"
#include "call/relay_offer.hpp"
#include "call/transfer.hpp"

namespace carillon::call {

using Outcome = Command::Outcome;

Command::Command(Loop& loop, Verb verb, Leg::Side side, std::string number, Reply reply)
    : verb_(verb),
      side_(side),
      number_(std::move(number)),
      reply_(std::move(reply)),
      patience_([](void* self) { static_cast<Command*>(self)->answer({.outcome = Outcome::under_way}); }, this) {
  loop.timers().arm(patience_, loop.now() + patience);
}

Command::~Command() {
  answer({.outcome = Outcome::over});
}

void Command::answer(Verdict verdict) {
  if (!reply_) return;
  patience_.cancel();
  verdict.call = call_;
  std::exchange(reply_, nullptr)(verdict);
}

namespace {

/// What the side is to hear of the other from now on; ports_towards() knows who is on hold.
void offer_anew(Call& call, Command& command, Leg& leg, Leg& peer) {
  const sdp::Session* said = peer.session().remote();
  CARILLON_ENSURE(said != nullptr);
  sdp::Draft draft = sdp::make_relayed_offer(*said, call.ports_towards(leg));
  command.operation = leg.offer(std::move(draft), false);
  kill_point("command.hold_offered");
}

}  // namespace

void begin_command(Call& call, OfferRelay& relay) {
  if (call.command() == nullptr) return;  // It was given up meanwhile.
  Command& command = *call.command();
  Leg* leg = call.leg_on(command.side());
  Leg* peer = leg == nullptr ? nullptr : call.peer_of(*leg);
  if (peer == nullptr || !leg->is_settled() || !peer->is_settled()) return call.end_command({.outcome = Outcome::changing});
  if (command.verb() == Command::Verb::transfer) {
    relay.drop();
    const int status = begin_blind_transfer(call, *peer, *leg, command.number());
    if (status != 0) call.end_command({.outcome = Outcome::refused, .status = status});
    return;
  }
  const bool is_hold = command.verb() == Command::Verb::hold;
  if (call.is_held(command.side()) == is_hold) return call.end_command({.outcome = is_hold ? Outcome::held : Outcome::not_held});
  call.set_held(command.side(), is_hold);
  call.explain(is_hold ? "held: from outside" : "resumed: from outside");
  offer_anew(call, command, *leg, *peer);
}

std::optional<int> hold_status(const Call& call, const LegEvent& event) {
  const Command* command = call.command();
  const bool is_answer = event.kind == LegEvent::Kind::offer_answered || event.kind == LegEvent::Kind::offer_refused;
  const bool is_ours = is_answer && command != nullptr && command->operation != 0 && event.operation == command->operation &&
                       event.leg == call.leg_on(command->side());
  return is_ours ? std::optional(event.kind == LegEvent::Kind::offer_answered ? 200 : event.status) : std::nullopt;
}

void end_hold(Call& call, int status) {
  if (call.command() == nullptr) return;
  const Command& command = *call.command();
  if (status < 300) return call.end_command({.outcome = Outcome::done});
  call.set_held(command.side(), command.verb() == Command::Verb::resume);
  call.end_command({.outcome = Outcome::refused, .status = status});
}

// ---- As the call sees it ----

void Call::set_held(Side side, bool is_held) {
  (side == Side::caller ? is_caller_held_ : is_callee_held_) = is_held;
  if (const Leg* leg = leg_on(side)) on_dialog_changed(*leg);  // What was written of it may be otherwise.
}

void Call::obey(std::unique_ptr<Command> command) {
  if (is_finished_) return;  // Its end answers it.
  if (!is_answered()) return command->answer({.outcome = Outcome::ringing});
  if (command_ || is_lent()) return command->answer({.outcome = Outcome::changing});
  command_ = std::move(command);
  events_.push({.kind = LegEvent::Kind::command});
}

void Call::end_command(Command::Verdict verdict) {
  if (!command_) return;
  const std::unique_ptr<Command> ended = std::move(command_);
  ended->answer(verdict);
}

/// The leg, or who it talks to, is about to be another's: the offer that is out says nothing any more.
void Call::give_up_hold() {
  if (!command_ || command_->verb() == Command::Verb::transfer) return;
  if (command_->operation != 0) set_held(command_->side(), command_->verb() == Command::Verb::resume);
  end_command({.outcome = Outcome::changing});
}

}  // namespace carillon::call

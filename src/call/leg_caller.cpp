// SPDX-License-Identifier: GPL-3.0-or-later
// The leg of whoever calls: its INVITE until the answer is acknowledged.
#include "base/id.hpp"
#include "call/leg.hpp"

namespace carillon::call {

namespace {

/// RFC 3261 §17.2.1: 100 may be left out when something else is said within 200 ms, as it is in most calls.
constexpr Duration trying_after = 100ms;

}  // namespace

Result<std::unique_ptr<Leg>> Leg::from_invite(Ground ground, const agent::Incoming& invite, const sdp::Session& offer) {
  agent::Agent& agent = ground.agent;
  const std::string tag = sip::make_tag(ground.slot);
  CARILLON_TRY(dialog, sip::Dialog::from_request(invite.message, tag, agent.contact_uri(invite.flow, ground.account)));
  std::unique_ptr<Leg> leg(new Leg(std::move(ground), Side::caller, invite.flow));
  leg->dialog_.emplace(std::move(dialog));
  CARILLON_ENSURE(leg->session_.receive(sdp::Carrier::invite, &offer).meaning == sdp::OfferAnswer::Meaning::offer);
  CARILLON_TRY(transaction, agent.transactions().accept(invite.message, agent::to_hop(invite.flow), leg.get()));
  leg->server_invite_ = transaction->id();
  leg->invite_ = sip::OwnedMessage(invite.message);
  agent.add_dialog(*leg->dialog_, *leg);

  agent.loop().timers().arm(leg->bound_, agent.loop().now() + trying_after);
  return leg;
}

void Leg::say_trying() {
  if (!invite_ || is_invite_answered_) return;
  std::string trying;
  sip::Writer writer = agent::Agent::response_head(trying, {*invite_, flow_}, 100, {}, {});
  writer.end();
  ground_.agent.transactions().respond(server_invite_, 100, trying);
}

void Leg::ring(int status, const sdp::Draft* early_media) {
  if (state_ != State::trying && state_ != State::early) return;
  state_ = State::early;
  const std::string_view body =
      early_media != nullptr ? session_.send_answer(sdp::Carrier::provisional, *early_media) : std::string_view();
  respond_invite(status, {}, body);
}

void Leg::answer(const sdp::Draft& draft) {
  if (state_ != State::trying && state_ != State::early) return;
  state_ = State::confirmed;
  dialog_->confirm();
  respond_invite(200, {}, session_.send_answer(sdp::Carrier::success, draft));
}

void Leg::on_cancel(sip::ServerTransaction& transaction, const sip::Message&) {
  if (transaction.id() == server_invite_ && !is_invite_answered_) enter([this] { take_cancel(); });
}

void Leg::take_cancel() {
  respond_invite(487, {}, {});
  if (state_ == State::confirmed) return session_.remote_invite_refused();  // A re-INVITE was cancelled; the call goes on.
  end();
  ground_.owner.on_caller_gone(487);
}

void Leg::on_failure(sip::ServerTransaction& transaction, sip::TransactionFailure failure) {
  // Without an answer for ten minutes, or the way back is gone. After an answer the retransmitter knows better.
  enter([&] {
    CARILLON_ENSURE(failure != sip::TransactionFailure::broken);
    if (transaction.id() == server_invite_ && !is_invite_answered_) lose_peer();
  });
}

void Leg::on_ack(sip::Dialog&, const sip::Message&) {
  enter([this] { take_ack(); });
}

void Leg::take_ack() {
  if (!retransmitter_.is_waiting()) return;
  retransmitter_.stop();
  session_.receive(sdp::Carrier::ack, nullptr);
  server_invite_ = {};
  is_invite_answered_ = false;
  invite_ = {};
  if (is_bye_due_) hang_up();
}

void Leg::on_no_ack() {
  enter([this] { give_up_on_ack(); });
}

void Leg::give_up_on_ack() {
  // RFC 3261 §13.3.1.4: the dialog exists, but the session should end.
  if (state_ == State::draining) return hang_up();
  const bool is_caller = side_ == Side::caller;
  if (!is_caller) tell(LegEvent::Kind::hung_up, 408);
  drain();
  hang_up();
  if (is_caller) ground_.owner.on_caller_gone(408);
}

}  // namespace carillon::call

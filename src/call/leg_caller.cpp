// SPDX-License-Identifier: GPL-3.0-or-later
// The leg of whoever calls: its INVITE until the answer is acknowledged.
#include "base/id.hpp"
#include "base/kill_point.hpp"
#include "call/leg.hpp"
#include "sip/reason.hpp"

namespace carillon::call {

Result<std::unique_ptr<Leg>> Leg::from_invite(Ground ground, const agent::Incoming& invite, const sdp::Session* offer) {
  agent::Agent& agent = ground.agent;
  const std::string tag = sip::make_tag(ground.slot);
  const bool is_secure =  // RFC 3261 §12.1.1.
      invite.message.request_uri().scheme == sip::Scheme::sips && invite.flow.transport == net::Transport::tls;
  const std::string user = ground.trunk ? sip::escape_user(ground.trunk->user) : ground.account;
  CARILLON_TRY(dialog, sip::Dialog::from_request(invite.message, tag, agent.contact_uri(invite.flow, user, is_secure)));
  std::unique_ptr<Leg> leg(new Leg(std::move(ground), Side::caller, invite.flow));
  leg->dialog_.emplace(std::move(dialog));
  const auto meaning = leg->session_.receive(sdp::Carrier::invite, offer).meaning;
  CARILLON_ENSURE(meaning == (offer != nullptr ? sdp::OfferAnswer::Meaning::offer : sdp::OfferAnswer::Meaning::wanted));
  CARILLON_TRY(transaction,
               agent.transactions().accept(invite.message, agent::to_hop(invite.flow), leg.get(), leg->ground_.owner->id()));
  leg->server_invite_ = transaction->id();
  leg->invite_ = sip::OwnedMessage(invite.message);
  leg->note_abilities(invite.message);
  leg->note_session_id(invite.message);
  if (leg->ground_.trunk) leg->identity_ = leg->ground_.trunk->identity;
  leg->wants_prack_ = invite.message.lists(sip::HeaderId::require, "100rel");
  leg->knows_prack_ = leg->wants_prack_ || invite.message.lists(sip::HeaderId::supported, "100rel");
  if (!agent.add_dialog(*leg->dialog_, *leg)) return failure(sip::TransactionFault::table_full);
  if (leg->ground_.trunk) {
    agent::Way way = agent::way_back(invite.flow, leg->remote_target());
    way.payer = leg->ground_.trunk->payer;
    agent.know_way(invite.flow, std::move(way));
  }

  leg->enter_state(State::trying);
  agent.loop().timers().arm(leg->bound_, agent.loop().now() + trying_after);
  return leg;
}

void Leg::say_trying() {
  if (!invite_ || is_invite_answered_) return;
  std::string trying;
  sip::Writer writer = begin_response(trying, {*invite_, flow_}, 100);
  writer.end();
  ground_.agent.transactions().respond(server_invite_, 100, trying);
}

void Leg::ring(int status, const sdp::Draft* early_media) {
  if (state_ != State::trying && state_ != State::early) return;
  const bool has_answer = early_media != nullptr && session_.due_in(sdp::Carrier::success) == sdp::OfferAnswer::Due::answer;
  if (wants_prack_ || (knows_prack_ && has_answer)) return ring_reliably(status, has_answer ? early_media : nullptr);
  enter_state(State::early);
  const std::string_view body = has_answer ? session_.send_answer(sdp::Carrier::provisional, *early_media) : std::string_view();
  respond_invite(status, {}, body);
}

void Leg::ring_reliably(int status, const sdp::Draft* early_media) {
  if (!invite_ || is_invite_answered_) return;
  if (reliable_.is_waiting()) {
    // RFC 3262 §3: one at a time. The newest is what counts, but a description is not lost.
    std::optional<sdp::Draft> draft = next_ring_ ? std::move(next_ring_->early_media) : std::nullopt;
    if (early_media != nullptr) draft = *early_media;
    next_ring_ = Ringing{status, std::move(draft)};
    return;
  }
  // RFC 3262 §5: to an INVITE without offer the first reliable response would have to make one, which the devices have not yet.
  if (session_.due_in(sdp::Carrier::reliable) == sdp::OfferAnswer::Due::offer) return;
  enter_state(State::early);
  const std::string_view body =
      early_media != nullptr ? session_.send_answer(sdp::Carrier::reliable, *early_media) : std::string_view();
  const std::string bytes = invite_response(status, {}, body, reliable_.next_rseq());
  ring_status_ = status;
  ground_.agent.loop().timers().arm(bound_, ground_.agent.loop().now() + ringing_repeated_after);
  reliable_.start(server_invite_, invite_->cseq_number(), status, bytes);
}

void Leg::take_prack(sip::ServerTransaction& transaction, const sip::Message& request) {
  const auto rack = sip::Rack::parse(request.first(sip::HeaderId::rack).value_or(""));
  if (!rack || !reliable_.acknowledge(*rack)) return respond(transaction, request, 481);
  ask_story(transaction, request, sdp::Carrier::prack_success);
  if (state_ == State::early && next_ring_) {
    const Ringing ringing = std::move(*next_ring_);
    next_ring_.reset();
    const bool has_answer = ringing.early_media && session_.due_in(sdp::Carrier::reliable) == sdp::OfferAnswer::Due::answer;
    ring_reliably(ringing.status, has_answer ? &*ringing.early_media : nullptr);
  }
  if (can_answer()) tell({.kind = LegEvent::Kind::ready});
  run_operations();
}

void Leg::on_no_prack() {
  enter([this] { give_up_on_prack(); });
}

void Leg::give_up_on_prack() {
  // RFC 3262 §3: the INVITE should be refused with a 5xx.
  respond_invite(504, {}, {});
  end();
  ground_.owner->on_caller_gone(504, {});
}

void Leg::answer(const sdp::Draft& draft) {
  if (state_ != State::trying && state_ != State::early) return;
  reliable_.stop();  // At most a repeated ringing without description, which the 2xx need not wait for (RFC 3262 §3).
  enter_state(State::confirmed);
  dialog_->confirm();
  bound_.cancel();
  bool is_corrected = false;
  std::string_view body;
  switch (session_.due_in(sdp::Carrier::success)) {
    case sdp::OfferAnswer::Due::answer:
      body = session_.send_answer(sdp::Carrier::success, draft);
      break;
    case sdp::OfferAnswer::Due::offer:
      body = session_.send_offer(sdp::Carrier::success, draft);
      break;
    case sdp::OfferAnswer::Due::nothing:
      // The early answer bound us (RFC 3262 §5); another device may have answered since.
      is_corrected = !session_.local().says(draft);
      session_.send_bare_success();
      break;
  }
  kill_point("leg.answering");
  respond_invite(200, {}, body);
  kill_point("leg.answered");
  if (is_corrected) offer(draft, allows_update_);
}

void Leg::on_cancel(sip::ServerTransaction& transaction, const sip::Message& cancel) {
  if (transaction.id() == server_invite_ && !is_invite_answered_) enter([&] { take_cancel(cancel); });
}

void Leg::take_cancel(const sip::Message& cancel) {
  const bool is_reinvite = state_ == State::confirmed;
  kill_point("leg.cancelled");
  respond_invite(487, {}, {});
  if (is_reinvite) {  // The call goes on.
    session_.remote_invite_refused();
    return run_operations();
  }
  const std::string cause = sip::reason_to_pass_on(cancel);
  end();
  ground_.owner->on_caller_gone(487, cause);
}

void Leg::on_failure(sip::ServerTransaction& transaction, sip::TransactionFailure failure) {
  // Without an answer for ten minutes, or the way back is gone. After an answer the retransmitter knows better.
  enter([&] {
    CARILLON_ENSURE(failure != sip::TransactionFailure::broken);
    if (transaction.id() == server_invite_ && !is_invite_answered_) lose_peer({});
  });
}

void Leg::on_ack(sip::Dialog&, const sip::Message& ack) {
  enter([&] { take_ack(ack); });
}

void Leg::take_ack(const sip::Message& ack) {
  if (!retransmitter_.is_waiting()) return;
  retransmitter_.stop();
  kill_point("leg.ack_received");
  const std::optional<sdp::Session> description = description_in(ack);
  const auto verdict = session_.receive(sdp::Carrier::ack, description ? &*description : nullptr);
  forget_server_invite();
  is_invite_answered_ = false;
  invite_ = {};
  if (is_bye_due_) return hang_up();
  const bool is_answer = verdict.meaning == sdp::OfferAnswer::Meaning::answer;
  if (is_answer) note_change();
  if (is_answer || verdict.meaning == sdp::OfferAnswer::Meaning::missing)
    tell({.kind = LegEvent::Kind::late_answer, .has_session = is_answer});
  run_operations();
}

void Leg::on_no_ack() {
  enter([this] { give_up_on_ack(); });
}

void Leg::give_up_on_ack() {
  // RFC 3261 §13.3.1.4: the dialog exists, but the session should end.
  if (state_ == State::draining) return hang_up();
  lose_dialog(408, {});
}

}  // namespace carillon::call

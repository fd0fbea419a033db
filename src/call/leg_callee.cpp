// SPDX-License-Identifier: GPL-3.0-or-later
// The leg of a device that is called: our INVITE until it is answered, refused or cancelled, and every race between those.
#include "base/id.hpp"
#include "call/leg.hpp"

namespace carillon::call {

std::unique_ptr<Leg> Leg::to_contact(Ground ground, std::string contact_uri, net::Flow flow, const Party& from, const Party& to) {
  agent::Agent& agent = ground.agent;
  std::unique_ptr<Leg> leg(new Leg(std::move(ground), Side::callee, flow));
  sip::DialogState state;
  state.call_id = sip::make_tag(leg->ground_.slot);
  state.local_tag = sip::make_tag(leg->ground_.slot);
  state.local_address = from.address();
  state.remote_address = to.address();
  state.local_contact = agent.contact_uri(flow, sip::escape_user(from.user));
  state.remote_target = std::move(contact_uri);
  state.local_cseq = static_cast<std::uint32_t>(random_bits() % 10000);
  leg->prepared_.emplace(sip::Dialog::prepare(std::move(state)));
  return leg;
}

void Leg::invite(const sdp::Draft& draft, unsigned max_forwards) {
  CARILLON_ENSURE(state_ == State::trying && prepared_ && !client_invite_);
  const std::string_view body = session_.send_offer(sdp::Carrier::invite, draft);
  Request request;
  sip::Writer writer = begin_request(*prepared_, sip::Method::invite, request, max_forwards);
  writer.header(sip::HeaderId::allow, "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO");
  writer.header(sip::HeaderId::p_asserted_identity, prepared_->state().local_address);
  writer.body("application/sdp", body);
  client_invite_ = start(sip::Method::invite, request, true);
  if (client_invite_) return;
  tell(LegEvent::Kind::failed, 503);
  end();
}

void Leg::on_response(sip::ClientTransaction& transaction, const sip::Message& response) {
  enter([&] { take_response(transaction, response); });
}

void Leg::take_response(sip::ClientTransaction& transaction, const sip::Message& response) {
  if (transaction.id() == bye_) {
    if (response.is_final()) end();
    return;
  }
  if (transaction.method() != sip::Method::invite) return;
  if (prepared_)
    on_invite_response(response, transaction.is_cancelled());
  else if (transaction.id() == client_invite_)
    on_offer_response(response);
}

void Leg::on_invite_response(const sip::Message& response, bool is_cancelled) {
  if (response.is_success()) return on_invite_success(response, is_cancelled);
  if (response.is_final()) {
    client_invite_ = {};
    if (state_ != State::draining) tell(LegEvent::Kind::failed, response.status(), response.reason());
    return end();
  }
  if (response.status() == 100 || state_ == State::draining || state_ == State::confirmed) return;
  state_ = State::early;
  bool has_session = false;
  const std::optional<sip::MediaType> type = response.content_type();
  if (type && type->is("application", "sdp")) {
    auto description = sdp::Session::parse(response.body());
    if (description)
      has_session = session_.receive(sdp::Carrier::provisional, &*description).meaning == sdp::OfferAnswer::Meaning::preview;
  }
  tell(LegEvent::Kind::progress, response.status(), response.reason(), has_session);
}

void Leg::on_invite_success(const sip::Message& response, bool is_cancelled) {
  if (dialog_ && dialog_->matches(response)) {  // Its retransmission: our ACK was lost.
    const std::string_view ack = dialog_->find_ack(response);
    if (!ack.empty()) ground_.agent.send(flow_, ack);
    return;
  }
  // RFC 3261 §13.2.2.4, §9.1: a second branch of a fork, or an answer that crossed our CANCEL: acknowledge, then hang up.
  if (dialog_ || is_cancelled || state_ == State::draining) return acknowledge_and_leave(response);
  auto made = prepared_->from_response(response);
  if (!made) {
    tell(LegEvent::Kind::failed, 502, "No usable Contact");
    return end();
  }
  dialog_.emplace(std::move(*made));
  CARILLON_ENSURE(dialog_->confirm(response).has_value());
  ground_.agent.add_dialog(*dialog_, *this);
  acknowledge(*dialog_);
  state_ = State::confirmed;
  auto description = sdp::Session::parse(response.body());
  const auto verdict = session_.receive(sdp::Carrier::success, description ? &*description : nullptr);
  if (verdict.meaning == sdp::OfferAnswer::Meaning::answer || verdict.meaning == sdp::OfferAnswer::Meaning::repeated)
    return tell(LegEvent::Kind::answered, response.status(), response.reason(), true);
  tell(LegEvent::Kind::failed, 488, "No answer to the offer");
  drain();
  hang_up();
}

void Leg::acknowledge_and_leave(const sip::Message& response) {
  auto other = prepared_->from_response(response);
  if (!other || !other->confirm(response)) return;
  acknowledge(*other);
  const bool is_first = !dialog_.has_value();
  send_request(*other, sip::Method::bye, {}, {}, is_first ? &bye_ : nullptr);
  if (!is_first) return;
  client_invite_ = {};
  dialog_.emplace(std::move(*other));  // So that its repeated 2xx finds the ACK again.
  ground_.agent.add_dialog(*dialog_, *this);
  if (!bye_) end();
}

void Leg::on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) {
  enter([&] { take_failure(transaction, failure); });
}

void Leg::take_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) {
  CARILLON_ENSURE(failure != sip::TransactionFailure::broken);
  const int status = failure == sip::TransactionFailure::timeout ? 408 : 503;
  if (transaction.id() == bye_) return end();
  if (transaction.id() != client_invite_) return;
  client_invite_ = {};
  if (prepared_ && !dialog_) {
    tell(LegEvent::Kind::failed, status);
    return end();
  }
  session_.local_invite_failed();
  tell(LegEvent::Kind::offer_refused, status);
  lose_peer();  // RFC 3261 §12.2.1.2: no response at all ends the dialog.
}

}  // namespace carillon::call

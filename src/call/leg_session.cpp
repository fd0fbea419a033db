// SPDX-License-Identifier: GPL-3.0-or-later
// What both kinds of legs do once they are established: re-INVITE in both directions, INFO, BYE.
#include "call/leg.hpp"

namespace carillon::call {

void Leg::offer(const sdp::Draft& draft) {
  CARILLON_ENSURE(can_offer() && dialog_);
  prepared_.reset();
  const std::string body(session_.send_offer(sdp::Carrier::invite, draft));
  send_request(*dialog_, sip::Method::invite, "application/sdp", body, &client_invite_);
  if (client_invite_) return;
  session_.local_invite_failed();
  tell(LegEvent::Kind::offer_refused, 503);
}

void Leg::on_offer_response(const sip::Message& response) {
  if (!response.is_final()) return;
  CARILLON_ENSURE(dialog_.has_value());
  if (response.is_success()) {
    const std::string_view ack = dialog_->find_ack(response);
    if (!ack.empty()) {
      ground_.agent.send(flow_, ack);
      return;
    }
    dialog_->refresh_target(response);
    acknowledge(*dialog_);
    auto description = sdp::Session::parse(response.body());
    const auto verdict = session_.receive(sdp::Carrier::success, description ? &*description : nullptr);
    if (verdict.meaning == sdp::OfferAnswer::Meaning::answer)
      return tell(LegEvent::Kind::offer_answered, response.status(), {}, true);
    return tell(LegEvent::Kind::offer_refused, 488);
  }
  client_invite_ = {};
  session_.local_invite_failed();
  tell(LegEvent::Kind::offer_refused, response.status(), response.reason());
  // RFC 3261 §12.2.1.2: only 408 and 481 say that the peer has no such call any more; it gets a BYE in case it has.
  if ((response.status() != 408 && response.status() != 481) || state_ != State::confirmed) return;
  tell(LegEvent::Kind::hung_up, response.status());
  const bool is_caller = side_ == Side::caller;
  drain();
  hang_up();
  if (is_caller) ground_.owner.on_caller_gone(0);
}

void Leg::on_request(sip::Dialog&, sip::ServerTransaction& transaction, const sip::Message& request) {
  enter([&] { take_request(transaction, request); });
}

void Leg::take_request(sip::ServerTransaction& transaction, const sip::Message& request) {
  switch (request.method()) {
    case sip::Method::bye:
      respond(transaction, request, 200);
      if (server_invite_ && !is_invite_answered_) respond_invite(487, {}, {});
      return lose_peer();
    case sip::Method::invite:
      return on_reinvite(transaction, request);
    case sip::Method::options:
      return respond(transaction, request, 200);
    case sip::Method::info: {
      respond(transaction, request, 200);
      if (request.body().empty() || state_ != State::confirmed) return;
      LegEvent event{.kind = LegEvent::Kind::info, .leg = this};
      event.content_type = request.first(sip::HeaderId::content_type).value_or("");
      event.body = request.body();
      return ground_.owner.on_leg_event(std::move(event));
    }
    default:
      return respond(transaction, request, 405);
  }
}

void Leg::on_reinvite(sip::ServerTransaction& transaction, const sip::Message& request) {
  if (state_ != State::confirmed) return respond(transaction, request, 481);
  if (server_invite_) return respond(transaction, request, 500);  // RFC 3261 §14.2: the last one is not finished.
  auto description = sdp::Session::parse(request.body());
  if (!request.body().empty() && !description) return respond(transaction, request, 400);
  const auto verdict = session_.receive(sdp::Carrier::invite, description ? &*description : nullptr);
  if (verdict.meaning == sdp::OfferAnswer::Meaning::refused) return respond(transaction, request, verdict.status);
  if (verdict.meaning != sdp::OfferAnswer::Meaning::offer) {
    // An offer in our 2xx is not supported yet; the session stays as it is.
    session_.remote_invite_refused();
    return respond(transaction, request, 488);
  }
  server_invite_ = transaction.id();
  ground_.agent.transactions().set_listener(server_invite_, static_cast<sip::ServerTransaction::Listener*>(this));
  invite_ = sip::OwnedMessage(request);
  is_invite_answered_ = false;
  tell(LegEvent::Kind::offer);
}

void Leg::answer_offer(const sdp::Draft& draft) {
  if (!invite_ || is_invite_answered_) return;
  dialog_->refresh_target(*invite_);
  respond_invite(200, {}, session_.send_answer(sdp::Carrier::success, draft));
}

void Leg::refuse_offer(int status) {
  if (!invite_ || is_invite_answered_) return;
  session_.remote_invite_refused();
  respond_invite(status < 300 ? 488 : status, {}, {});
  server_invite_ = {};
  is_invite_answered_ = false;
}

void Leg::relay_info(std::string_view content_type, std::string_view body) {
  if (state_ != State::confirmed || !dialog_) return;
  send_request(*dialog_, sip::Method::info, content_type, body, nullptr);
}

}  // namespace carillon::call

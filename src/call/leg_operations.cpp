// SPDX-License-Identifier: GPL-3.0-or-later
// What we want of the peer in the dialog, one thing at a time: offers, refreshes, a new name on its display. An operation waits
// until the session allows it and is repeated after 491, so that two sides that want something at once both get it.
#include "base/id.hpp"
#include "call/leg.hpp"

namespace carillon::call {

namespace {

constexpr std::size_t operations_max = 8;
/// How often one operation is tried; glare is over after the second.
constexpr unsigned tries_max = 6;

}  // namespace

bool Leg::can_offer() const {
  if (state_ == State::confirmed) return true;
  return state_ == State::early && allows_update_ && session().may_update() && (heard_ != nullptr || side_ == Side::caller);
}

std::uint32_t Leg::offer(sdp::Draft draft, bool is_update) {
  return add_operation({.kind = Operation::Kind::offer,
                        .is_update = allows_update_ && (is_update || state_ != State::confirmed),
                        .draft = std::move(draft)});
}

std::uint32_t Leg::ask_offer() {
  return add_operation({.kind = Operation::Kind::ask});
}

void Leg::on_refresh_due() {
  enter([this] { add_operation({.kind = Operation::Kind::refresh, .is_update = allows_update_}); });
}

std::uint32_t Leg::add_operation(Operation operation) {
  const std::uint32_t number = operation.number = ++last_operation_;
  if (operations_.size() == operations_max) {  // The peer does not answer, and the other side does not stop asking.
    const bool is_told = operation.kind == Operation::Kind::offer || operation.kind == Operation::Kind::ask;
    if (is_told) tell({.kind = LegEvent::Kind::offer_refused, .status = 491, .operation = number});
    return number;
  }
  operations_.push_back(std::move(operation));
  run_operations();
  return number;
}

bool Leg::may_start(const Operation& operation) {
  if (talk() == nullptr) return false;
  if (!operation.is_update) return state_ == State::confirmed && !server_invite_ && session_.may_invite();
  return operation.kind != Operation::Kind::offer || (!question_ && negotiation().may_update());
}

void Leg::run_operations() {
  if (operations_.empty() || is_operation_out_ || retry_.is_armed()) return;
  if (state_ != State::early && state_ != State::confirmed) return;
  if (may_start(operations_.front())) start_operation(operations_.front());
}

void Leg::start_operation(Operation& operation) {
  if (++operation.tries == 1 && state_ == State::confirmed) forget_challenges();
  is_operation_out_ = true;
  operation.tag = talk()->remote_tag();
  const sip::Method method = operation.is_update ? sip::Method::update : sip::Method::invite;
  if (!operation.is_update && authorization_.empty()) ack_authorization_ = {};
  std::string_view body;
  if (operation.kind == Operation::Kind::offer)
    body = negotiation().send_offer(operation.is_update ? sdp::Carrier::update : sdp::Carrier::invite, operation.draft);
  else if (operation.kind == Operation::Kind::ask)
    session_.send_empty_invite();
  else if (!operation.is_update)
    body = session_.repeat_offer();

  Request request;
  sip::Writer writer = begin_request(*talk(), method, request);
  writer.header(sip::HeaderId::allow, agent::allowed_in_dialogs);
  writer.header(sip::HeaderId::supported, agent::supported_in_dialogs);
  if (state_ == State::confirmed) session_timer_.write_request(writer);
  write_identity(writer);
  if (state_ == State::confirmed && !authorization_.empty()) writer.header(authorization_in_, authorization_);
  if (body.empty())
    writer.end();
  else
    writer.body("application/sdp", body);
  const sip::TransactionId sent = start(method, request, true);
  if (operation.is_update) {
    update_ = sent;
  } else {
    forget_client(earlier_invite_);
    earlier_invite_ = client_invite_;
    client_invite_ = sent;
  }
  if (sent) return;
  if (operation.is_update)
    negotiation().local_offer_failed();
  else
    session_.local_invite_failed();
  end_operation(503, {});
}

/// Whether the first operation is out in the established dialog, not in a branch of the fork that was.
bool Leg::is_out_in_session() const {
  return state_ == State::confirmed && dialog_ && !operations_.empty() && operations_.front().tag == dialog_->remote_tag();
}

/// The first operation is over; a status from 300 on says that it failed.
void Leg::end_operation(int status, std::string_view reason) {
  CARILLON_ENSURE(!operations_.empty());
  const Operation::Kind kind = operations_.front().kind;
  const std::uint32_t number = operations_.front().number;
  operations_.erase(operations_.begin());
  is_operation_out_ = false;
  const bool is_told = kind == Operation::Kind::offer || kind == Operation::Kind::ask;
  if (is_told && status >= 300)
    tell({.kind = LegEvent::Kind::offer_refused, .status = status, .operation = number, .reason = std::string(reason)});
}

void Leg::take_operation_response(const sip::Message& response, bool is_update) {
  if (!response.is_final() || operations_.empty() || !is_operation_out_) return;
  if (response.is_success()) return take_operation_success(response, is_update);
  if (is_update) {
    update_ = {};
    if (sdp::OfferAnswer* session = session_with(operations_.front().tag)) session->local_offer_failed();
  } else {
    forget_client(client_invite_);
    session_.local_invite_failed();
  }
  take_operation_refusal(response);
}

void Leg::take_operation_success(const sip::Message& response, bool is_update) {
  const Operation::Kind kind = operations_.front().kind;
  const std::uint32_t number = operations_.front().number;
  const std::string tag = operations_.front().tag;
  if (is_update) update_ = {};
  sdp::OfferAnswer* session = session_with(tag);
  if (session == nullptr) {  // That branch of a fork is gone.
    end_operation(500, {});
    return run_operations();
  }
  note_abilities(response);
  dialog_with(tag)->refresh_target(response);
  if (is_out_in_session()) session_timer_.take_answer(response);
  const std::optional<sdp::Session> description = description_in(response);
  const auto meaning =
      session->receive(is_update ? sdp::Carrier::update_success : sdp::Carrier::success, description ? &*description : nullptr)
          .meaning;
  is_ack_owed_ = !is_update && meaning == sdp::OfferAnswer::Meaning::offer;
  if (!is_update && !is_ack_owed_) acknowledge(*dialog_, {});
  // Another branch of the fork is heard by now: what this one has agreed to counts there only.
  const bool is_heard = session == &negotiation();
  end_operation(is_heard ? 200 : 500, {});
  if (!is_heard) return run_operations();
  if (is_ack_owed_)
    tell({.kind = LegEvent::Kind::counter_offer, .status = response.status(), .operation = number, .has_session = true});
  else if (meaning == sdp::OfferAnswer::Meaning::answer)
    tell({.kind = LegEvent::Kind::offer_answered, .status = response.status(), .operation = number, .has_session = true});
  else if (kind == Operation::Kind::offer || kind == Operation::Kind::ask)
    tell({.kind = LegEvent::Kind::offer_refused, .status = 488, .operation = number});
  run_operations();
}

void Leg::take_operation_refusal(const sip::Message& response) {
  const int status = response.status();
  Operation& operation = operations_.front();
  const bool is_glare = status == 491 && operation.tries < tries_max;
  const bool may_reinvite = operation.is_update && (status == 405 || status == 501) && state_ == State::confirmed;
  const bool is_brief = status == 422 && session_timer_.raise(response);
  // Reliability T-05: the first INVITE's challenge is its own matter, so before the answer nothing else is answered.
  const bool is_challenged =
      state_ == State::confirmed && is_out_in_session() &&
      answer_challenge(response, operation.is_update ? sip::Method::update : sip::Method::invite, dialog_->state().remote_target);
  if (is_glare || may_reinvite || is_brief || is_challenged) {
    is_operation_out_ = false;
    if (may_reinvite) operation.is_update = allows_update_ = false;
    if (!is_glare) return run_operations();
    ground_.agent.loop().timers().arm(retry_,
                                      ground_.agent.loop().now() + sip::glare_delay(talk()->is_initiator(), random_bits()));
    return;
  }
  // RFC 3261 §12.2.1.2, RFC 5057: only 408 and 481 say that the peer has no such call any more.
  const bool is_lost = (status == 408 || status == 481) && is_out_in_session();
  if (!is_lost && is_out_in_session()) session_timer_.take_refusal();
  // A challenge is between the peer and us: the other side could only answer it with a password of its own.
  const bool is_challenge = status == 401 || status == 407;
  end_operation(is_challenge ? 488 : status, is_challenge ? std::string_view() : response.reason());
  if (is_lost) return lose_dialog(status, {});
  run_operations();
}

}  // namespace carillon::call

// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/leg.hpp"

#include <algorithm>

#include "base/id.hpp"
#include "sdp/relay.hpp"
#include "sip/status.hpp"

namespace carillon::call {

namespace {

constexpr std::string_view sdp_type = "application/sdp";
/// The longest tail: a BYE that nobody answers, after an INVITE that was cancelled.
constexpr Duration tail_max = 2 * sip::transaction_timeout + 8s;

}  // namespace

Leg::Leg(Ground ground, Side side, const net::Flow& flow)
    : ground_(std::move(ground)),
      side_(side),
      flow_(flow),
      session_(random_bits() >> 3),
      retransmitter_(ground_.agent.loop(), ground_.agent.transactions(), *this),
      reliable_(ground_.agent.loop(), ground_.agent.transactions(), *this),
      session_timer_(ground_.agent.loop(), *this, ground_.session_interval),
      bound_([](void* self) { static_cast<Leg*>(self)->on_bound(); }, this),
      retry_([](void* self) { static_cast<Leg*>(self)->enter([self] { static_cast<Leg*>(self)->run_operations(); }); }, this),
      lost_([](void* self) { static_cast<Leg*>(self)->on_lost(); }, this) {}

Leg::~Leg() {
  if (state_ != State::over) enter_state(State::over);
  forget_transactions();
  forget_early();
  if (dialog_) ground_.agent.remove_dialog(*dialog_, *this);
}

/// A transaction may outlive us, and goes on without.
void Leg::forget_client(sip::TransactionId& transaction) {
  ground_.agent.transactions().set_listener(transaction, static_cast<sip::ClientTransaction::Listener*>(nullptr));
  transaction = {};
}

void Leg::forget_server_invite() {
  ground_.agent.transactions().set_listener(server_invite_, static_cast<sip::ServerTransaction::Listener*>(nullptr));
  server_invite_ = {};
}

void Leg::forget_transactions() {
  for (sip::TransactionId* id : {&first_invite_, &client_invite_, &earlier_invite_, &update_, &probe_, &bye_}) forget_client(*id);
  forget_server_invite();
}

const std::string& Leg::sip_call_id() const {
  return dialog_state().call_id;
}

const sip::DialogState& Leg::dialog_state() const {
  if (dialog_) return dialog_->state();
  if (!early_.empty()) return (heard_ != nullptr ? heard_ : early_.front().get())->dialog.state();
  CARILLON_ENSURE(prepared_.has_value());
  return prepared_->state();
}

void Leg::enter_state(State state) {
  state_ = state;
  if (ground_.observer != nullptr) ground_.observer->on_leg_changed(*this);
}

void Leg::tell(LegEvent event) {
  if (state_ == State::draining || state_ == State::over) return;
  event.leg = this;
  ground_.owner->on_leg_event(std::move(event));
}

void Leg::note_abilities(const sip::Message& message) {
  if (message.has(sip::HeaderId::allow)) allows_update_ = message.lists(sip::HeaderId::allow, "UPDATE");
}

void Leg::note_session_id(const sip::Message& message) {
  if (const auto said = sip::SessionId::of_sender(message))
    session_id_ = *said;
  else if (!session_id_.is_known())
    session_id_ = sip::SessionId::make();  // RFC 7989 §7: on behalf of an end that knows nothing of it.
}

void Leg::write_session_id(sip::Writer& writer) const {
  writer.header(sip::HeaderId::session_id, {far_session_id_.text(), ";remote=", session_id_.text()});
}

bool Leg::is_at(const net::Flow& flow) const {
  if (!ground_.trunk || flow.local.port != flow_.local.port) return false;
  const auto contains = [&flow](const directory::CarrierSource& each) {
    const bool is_port = each.port == 0 || each.port == flow.remote.port || flow.transport != net::Transport::udp;
    return is_port && each.network.contains(flow.remote.bytes);
  };
  return flow.remote.same_host(flow_.remote) || std::ranges::any_of(ground_.trunk->sources, contains);
}

void Leg::write_identity(sip::Writer& writer) const {
  if (!identity_.empty()) writer.header(sip::HeaderId::p_asserted_identity, identity_);
  if (ground_.trunk && ground_.trunk->is_private) writer.header(sip::HeaderId::privacy, "id");
}

void Leg::show(const Party& party) {
  if (ground_.trunk) return;
  std::string identity = party.address();
  if (identity == identity_) return;
  identity_ = std::move(identity);
  enter_state(state_);
  if (state_ != State::confirmed || ground_.connected_identity == model::ConnectedIdentity::none) return;
  const bool is_update = allows_update_ && ground_.connected_identity == model::ConnectedIdentity::update;
  add_operation({.kind = Operation::Kind::show, .is_update = is_update});
}

void Leg::introduce(const Party& party) {
  if (ground_.trunk) return;
  identity_ = party.address();
  enter_state(state_);
}

// ---- The end ----

void Leg::lose_peer(std::string_view cause) {
  const bool is_told = state_ != State::draining && state_ != State::over;
  end();
  if (is_told) tell_gone(0, cause);
}

/// The peer knows the dialog no more, or says nothing: it gets a BYE in case it does.
void Leg::lose_dialog(int status, std::string_view cause) {
  cause_ = cause;
  drain();
  hang_up();
  tell_gone(status, cause);
}

void Leg::tell_gone(int status, std::string_view cause) {
  if (side_ == Side::caller) return ground_.owner->on_caller_gone(status, cause);
  LegEvent event{.kind = LegEvent::Kind::hung_up, .leg = this, .status = status, .cause = std::string(cause)};
  ground_.owner->on_leg_event(std::move(event));
}

void Leg::on_bound() {
  switch (state_) {
    case State::trying:
    case State::confirmed:  // A re-INVITE.
      return enter([this] { say_trying(); });
    case State::early:
      // RFC 3261 §13.3.1.1: a ringing of minutes has to be repeated, or proxies on the way give up.
      return enter([this] {
        if (side_ == Side::callee || reliable_.is_waiting()) return;
        if (wants_prack_)
          ring_reliably(ring_status_, nullptr);
        else
          respond_invite(ring_status_, {}, {});
      });
    case State::draining:
      return end();
    default:
      return;
  }
}

void Leg::drain() {
  enter_state(State::draining);
  permits_.clear();
  retry_.cancel();
  lost_.cancel();
  session_timer_.stop();
  reliable_.stop();
  operations_.clear();
  is_operation_out_ = false;
  ground_.agent.loop().timers().arm(bound_, ground_.agent.loop().now() + tail_max);
}

void Leg::end() {
  if (state_ == State::over) return;
  enter_state(State::over);
  permits_.clear();
  bound_.cancel();
  retry_.cancel();
  lost_.cancel();
  session_timer_.stop();
  reliable_.stop();
  retransmitter_.stop();
  operations_.clear();
  is_operation_out_ = false;
  forget_early();
  if (dialog_) ground_.agent.remove_dialog(*dialog_, *this);
  ground_.owner->on_leg_over(*this);
}

void Leg::release(int status, std::string_view reason, std::string_view cause) {
  enter([&] { let_go(status, reason, cause); });
}

void Leg::let_go(int status, std::string_view reason, std::string_view cause) {
  if (state_ == State::draining || state_ == State::over) return;
  cause_ = cause;
  if (is_asking()) refuse_offer(487);
  if (state_ != State::confirmed && side_ == Side::caller) {
    reliable_.stop();
    respond_invite(status, reason, {});
    return end();
  }
  if (state_ != State::confirmed) {
    if (!first_invite_) return end();
    drain();
    ground_.agent.transactions().cancel(first_invite_, cause);
    return;
  }
  if (is_ack_owed_) acknowledge(*dialog_, {});
  drain();
  if (retransmitter_.is_waiting())
    is_bye_due_ = true;
  else
    hang_up();
}

void Leg::hang_up() {
  is_bye_due_ = false;
  retransmitter_.stop();  // Of an answer whose ACK nobody waits for any more.
  CARILLON_ENSURE(dialog_.has_value() && !bye_);
  forget_challenges();
  send_request(*dialog_, sip::Method::bye, {}, {}, &bye_);
  if (!bye_) end();
}

void Leg::take_bye_response(const sip::Message& response) {
  if (!response.is_final()) return;
  if (!dialog_ || !answer_challenge(response, sip::Method::bye, dialog_->state().remote_target)) return end();
  forget_client(bye_);
  send_request(*dialog_, sip::Method::bye, {}, {}, &bye_);
  if (!bye_) end();
}

void Leg::abandon() {
  forget_transactions();
  end();
}

void Leg::report_silence() {
  enter([this] { tell({.kind = LegEvent::Kind::media_silent}); });
}

void Leg::on_session_expired() {
  enter([this] { lose_dialog(408, "SIP;cause=408;text=\"Session expired\""); });
}

void Leg::on_flow_closed() {
  // The connection is gone. A ringing caller can no more be answered; an established device may come back on another flow (ruling
  // 3).
  if (state_ == State::trying || state_ == State::early) enter([this] { lose_peer({}); });
  // A carrier hears of us by another connection as soon as there is something to say.
  if (state_ == State::confirmed && !ground_.trunk)
    ground_.agent.loop().timers().arm(lost_, ground_.agent.loop().now() + lost_device_max);
}

void Leg::on_moved(const net::Flow& flow, bool is_back) {
  flow_ = flow;
  lost_.cancel();
  // What the session timer wanted while the connection was broken is still wanted.
  if (state_ == State::confirmed && session_timer_.is_refresh_out() && operations_.empty()) on_refresh_due();
  note_change();
  // A BYE of it may have been lost along with the connection, and then it knows nothing of a call any more.
  if (is_back) enter([this] { probe(); });
}

void Leg::note_change() {
  if (state_ == State::confirmed) ground_.owner->on_dialog_changed(*this);
}

void Leg::on_lost() {
  if (state_ != State::confirmed) return;  // It has been let go; what it was asked is answered, or not, after that.
  is_missing_ = is_in_doubt_;
  enter([this] { lose_dialog(408, "SIP;cause=408;text=\"Connection lost\""); });
}

// ---- Messages ----

sip::Writer Leg::begin_request(sip::Dialog& dialog, sip::Method method, Request& request, unsigned max_forwards) {
  request.branch = sip::make_branch(ground_.slot);
  request.bytes.reserve(1500);
  sip::Writer writer(request.bytes);
  const std::string sent_by = ground_.agent.sent_by(flow_);
  const sip::RequestVia via{.transport = agent::Agent::via_transport(flow_), .sent_by = sent_by, .branch = request.branch};
  dialog.begin_request(writer, method, via, max_forwards);
  if (method != sip::Method::ack && method != sip::Method::bye) note_change();
  write_session_id(writer);
  return writer;
}

sip::Writer Leg::begin_response(std::string& out, const agent::Incoming& request, int status, std::string_view reason,
                                std::string_view to_tag) {
  sip::Writer writer = agent::Agent::response_head(out, request, status, reason, to_tag);
  write_session_id(writer);
  return writer;
}

sip::TransactionId Leg::start(sip::Method method, const Request& request, bool is_followed) {
  auto sent = ground_.agent.transactions().request(
      {.method = method, .branch = request.branch, .bytes = request.bytes, .call = ground_.owner->id()}, agent::to_hop(flow_),
      is_followed ? this : nullptr);
  return sent ? (*sent)->id() : sip::TransactionId{};
}

void Leg::send_request(sip::Dialog& dialog, sip::Method method, std::string_view content_type, std::string_view body,
                       sip::TransactionId* keep) {
  Request request;
  sip::Writer writer = begin_request(dialog, method, request);
  if (method == sip::Method::bye && !cause_.empty()) writer.header(sip::HeaderId::reason, cause_);
  if (method == sip::Method::bye && !authorization_.empty()) writer.header(authorization_in_, authorization_);
  if (body.empty())
    writer.end();
  else
    writer.body(content_type, body);
  const sip::TransactionId sent = start(method, request, keep != nullptr);
  if (keep != nullptr) *keep = sent;
}

void Leg::acknowledge(sip::Dialog& dialog, std::string_view body) {
  Request request;
  sip::Writer writer = begin_request(dialog, sip::Method::ack, request);
  // RFC 3261 §13.2.2.4, §22.1: nobody can challenge an ACK, so it proves itself as its INVITE did.
  if (!ack_authorization_.second.empty()) writer.header(ack_authorization_.first, ack_authorization_.second);
  if (body.empty())
    writer.end();
  else
    writer.body(sdp_type, body);
  dialog.keep_ack(request.bytes);
  ground_.agent.send(ground_.owner->id(), flow_, request.bytes);
  is_ack_owed_ = false;
}

void Leg::acknowledge(const sdp::Draft& draft) {
  if (!is_ack_owed_ || state_ != State::confirmed) return;
  acknowledge(*dialog_, session_.send_answer(sdp::Carrier::ack, draft));
  run_operations();
}

void Leg::respond(sip::ServerTransaction& transaction, const sip::Message& request, int status) {
  std::string out;
  sip::Writer writer = begin_response(out, {request, agent::to_flow(transaction.hop())}, status);
  if (status == 200 || status == 405) writer.header(sip::HeaderId::allow, agent::allowed_in_dialogs);
  if (status == 500) writer.header(sip::HeaderId::retry_after, random_bits() % 11);  // RFC 3261 §14.2.
  writer.end();
  ground_.agent.transactions().respond(transaction.id(), static_cast<std::uint16_t>(status), std::move(out));
}

std::string Leg::invite_response(int status, std::string_view reason, std::string_view body, std::uint32_t rseq) {
  std::string out;
  out.reserve(700 + body.size());
  sip::Writer writer = begin_response(out, {*invite_, flow_}, status, reason, dialog_->local_tag());
  if (status < 300) {
    writer.copy(*invite_, sip::HeaderId::record_route);  // RFC 3261 §12.1.1.
    writer.header(sip::HeaderId::contact, {"<", dialog_->state().local_contact, ">"});
    writer.header(sip::HeaderId::allow, agent::allowed_in_dialogs);
    write_identity(writer);
  }
  if (rseq != 0) {
    writer.header(sip::HeaderId::require, "100rel");
    writer.header(sip::HeaderId::rseq, std::uint64_t{rseq});
  }
  if (status >= 200 && status < 300) {
    writer.header(sip::HeaderId::supported, agent::supported_in_dialogs);
    session_timer_.write_answer(writer, *invite_);
  }
  if (status == 503) writer.header(sip::HeaderId::retry_after, 5 + random_bits() % 26);
  if (status >= 300 && !cause_.empty()) writer.header(sip::HeaderId::reason, cause_);  // RFC 6432 §5.
  if (body.empty())
    writer.end();
  else
    writer.body(sdp_type, body);
  return out;
}

void Leg::respond_invite(int status, std::string_view reason, std::string_view body) {
  if (!invite_ || is_invite_answered_) return;
  std::string out = invite_response(status, reason, body, 0);
  is_invite_answered_ = status >= 200;
  if (status >= 200 && status < 300)
    retransmitter_.start(server_invite_, status, out);
  else
    ground_.agent.transactions().respond(server_invite_, static_cast<std::uint16_t>(status), std::move(out));
  if (status >= 300) {
    invite_ = {};
    forget_server_invite();
  } else if (status < 200 && status > 100) {
    ring_status_ = status;
    ground_.agent.loop().timers().arm(bound_, ground_.agent.loop().now() + ringing_repeated_after);
  }
}

void Leg::on_response(sip::ClientTransaction& transaction, const sip::Message& response) {
  enter([&] { take_response(transaction, response); });
}

void Leg::take_response(sip::ClientTransaction& transaction, const sip::Message& response) {
  const sip::TransactionId id = transaction.id();
  note_session_id(response);
  if (id == bye_) return take_bye_response(response);
  if (id == probe_) return take_probe_response(response);
  note_change();
  if (id == update_) return take_operation_response(response, true);
  if (transaction.method() != sip::Method::invite) return;
  if (dialog_ && response.is_success()) {
    // A repeated 2xx: our ACK was lost. Also while a later re-INVITE is out.
    if (const std::string_view ack = dialog_->find_ack(response); !ack.empty()) {
      ground_.agent.send(ground_.owner->id(), flow_, ack);
      return;
    }
  }
  if (id == first_invite_)
    on_invite_response(response, transaction.is_cancelled());
  else if (id == client_invite_)
    take_operation_response(response, false);
}

void Leg::on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) {
  enter([&] { take_failure(transaction, failure); });
}

void Leg::take_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) {
  CARILLON_ENSURE(failure != sip::TransactionFailure::broken);
  const int status = failure == sip::TransactionFailure::timeout ? 408 : 503;
  const sip::TransactionId id = transaction.id();
  if (id == bye_) {
    // The connection broke under it: a carrier that never heard of the end would go on charging.
    const bool is_unheard = failure == sip::TransactionFailure::transport && flow_.transport != net::Transport::udp;
    if (!is_unheard || !is_trunk() || !dialog_ || std::exchange(is_bye_repeated_, true)) return end();
    bye_ = {};
    send_request(*dialog_, sip::Method::bye, {}, {}, &bye_);
    if (!bye_) end();
    return;
  }
  if (id == probe_) {
    probe_ = {};
    // The connection has broken once more: on_flow_closed() waits for the device.
    if (failure == sip::TransactionFailure::transport && flow_.transport != net::Transport::udp) return;
    return on_lost();
  }
  if (id == first_invite_) {
    first_invite_ = {};
    if (dialog_) return;  // Answered, and its retransmissions are over.
    if (failure == sip::TransactionFailure::timeout && !is_heard_of_) ground_.owner->on_leg_silent(*this);
    const bool is_unreachable = failure == sip::TransactionFailure::transport;
    tell({.kind = LegEvent::Kind::failed, .status = status, .is_unreachable = is_unreachable});
    return end();
  }
  const bool is_update = id == update_;
  if (!is_update && id != client_invite_) return;
  if (is_update) {
    update_ = {};
    if (sdp::OfferAnswer* session = operations_.empty() ? nullptr : session_with(operations_.front().tag))
      session->local_offer_failed();
  } else {
    client_invite_ = {};
    session_.local_invite_failed();
  }
  if (state_ != State::confirmed && state_ != State::early) return;
  // RFC 3261 §12.2.1.2: no response at all ends the dialog, by a BYE. A connection that broke says nothing of the device (ruling
  // 3).
  const bool is_broken = failure == sip::TransactionFailure::transport && flow_.transport != net::Transport::udp;
  const bool is_lost = is_out_in_session() && !is_broken;
  end_operation(status, {});
  if (is_lost) return lose_dialog(status, "SIP;cause=408");
  run_operations();
}

}  // namespace carillon::call

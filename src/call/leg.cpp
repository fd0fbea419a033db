// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/leg.hpp"

#include "base/id.hpp"
#include "sdp/relay.hpp"
#include "sip/status.hpp"

namespace carillon::call {

namespace {

constexpr std::string_view allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO";
constexpr std::string_view sdp_type = "application/sdp";
/// The longest tail: a BYE that nobody answers, after an INVITE that was cancelled.
constexpr Duration tail_max = 2 * sip::transaction_timeout + 8s;

bool has_sdp(const sip::Message& message) {
  const std::optional<sip::MediaType> type = message.content_type();
  return type && type->is("application", "sdp") && !message.body().empty();
}

}  // namespace

std::string Party::address() const {
  std::string out;
  if (!display.empty()) {
    out += '"';
    for (char c : display) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += "\" ";
  }
  return out + fmt::format("<sip:{}@{}>", sip::escape_user(user), domain);
}

Result<sdp::Session> read_offer(const sip::Message& invite) {
  CARILLON_TRY(session, sdp::Session::parse(has_sdp(invite) ? invite.body() : std::string_view()));
  if (!sdp::has_relayable(session)) return failure(sdp::Fault::bad_media, "no stream that can be relayed");
  return std::move(session);
}

int offer_status(const Error& error) {
  return error.is(sdp::Fault::not_sdp) || error.is(sdp::Fault::bad_media) ? 488 : 400;
}

Leg::Leg(Ground ground, Side side, const net::Flow& flow)
    : ground_(std::move(ground)),
      side_(side),
      flow_(flow),
      session_(random_bits() >> 3),
      retransmitter_(ground_.agent.loop(), ground_.agent.transactions(), *this),
      bound_([](void* self) { static_cast<Leg*>(self)->on_bound(); }, this) {}

Leg::~Leg() {
  sip::TransactionTable& transactions = ground_.agent.transactions();
  transactions.set_listener(server_invite_, static_cast<sip::ServerTransaction::Listener*>(nullptr));
  transactions.set_listener(client_invite_, static_cast<sip::ClientTransaction::Listener*>(nullptr));
  transactions.set_listener(bye_, static_cast<sip::ClientTransaction::Listener*>(nullptr));
  if (dialog_) ground_.agent.remove_dialog(*dialog_, *this);
}

const std::string& Leg::sip_call_id() const {
  CARILLON_ENSURE(dialog_ || prepared_);
  return dialog_ ? dialog_->call_id() : prepared_->call_id();
}

void Leg::tell(LegEvent::Kind kind, int status, std::string_view reason, bool has_session) {
  if (state_ == State::draining || state_ == State::over) return;
  LegEvent event{.kind = kind, .leg = this, .status = status, .reason = std::string(reason), .has_session = has_session};
  ground_.owner.on_leg_event(std::move(event));
}

// ---- The end ----

void Leg::lose_peer() {
  const bool is_told = state_ != State::draining && state_ != State::over;
  if (is_told && side_ == Side::callee) tell(LegEvent::Kind::hung_up);
  end();
  if (is_told && side_ == Side::caller) ground_.owner.on_caller_gone(0);
}

void Leg::on_bound() {
  if (state_ == State::trying) return enter([this] { say_trying(); });
  if (state_ == State::draining) end();
}

void Leg::drain() {
  state_ = State::draining;
  ground_.agent.loop().timers().arm(bound_, ground_.agent.loop().now() + tail_max);
}

void Leg::end() {
  if (state_ == State::over) return;
  state_ = State::over;
  bound_.cancel();
  retransmitter_.stop();
  if (dialog_) ground_.agent.remove_dialog(*dialog_, *this);
  ground_.owner.on_leg_over(*this);
}

void Leg::release(int status, std::string_view reason) {
  enter([&] { let_go(status, reason); });
}

void Leg::let_go(int status, std::string_view reason) {
  if (state_ == State::draining || state_ == State::over) return;
  const bool is_ringing = state_ != State::confirmed;
  if (is_ringing && side_ == Side::caller) {
    respond_invite(status, reason, {});
    return end();
  }
  if (is_ringing) {
    if (!client_invite_) return end();
    drain();
    ground_.agent.transactions().cancel(client_invite_, reason);
    return;
  }
  if (server_invite_ && !is_invite_answered_) refuse_offer(487);
  drain();
  if (retransmitter_.is_waiting())
    is_bye_due_ = true;
  else
    hang_up();
}

void Leg::hang_up() {
  is_bye_due_ = false;
  CARILLON_ENSURE(dialog_.has_value());
  send_request(*dialog_, sip::Method::bye, {}, {}, &bye_);
  if (!bye_) end();
}

void Leg::abandon() {
  sip::TransactionTable& transactions = ground_.agent.transactions();
  for (const sip::TransactionId id : {server_invite_, client_invite_, bye_}) transactions.detach(id);
  end();
}

void Leg::report_silence() {
  enter([this] { tell(LegEvent::Kind::media_silent); });
}

void Leg::on_flow_closed() {
  // The connection is gone. A ringing caller can no more be answered; an established device may come back on another flow (ruling
  // 3).
  if (state_ == State::trying || state_ == State::early) enter([this] { lose_peer(); });
}

// ---- Messages ----

sip::Writer Leg::begin_request(sip::Dialog& dialog, sip::Method method, Request& request, unsigned max_forwards) {
  request.branch = sip::make_branch(ground_.slot);
  request.bytes.reserve(1500);
  sip::Writer writer(request.bytes);
  const std::string sent_by = ground_.agent.sent_by(flow_);
  const sip::RequestVia via{.transport = agent::Agent::via_transport(flow_), .sent_by = sent_by, .branch = request.branch};
  dialog.begin_request(writer, method, via, max_forwards);
  return writer;
}

sip::TransactionId Leg::start(sip::Method method, const Request& request, bool is_followed) {
  auto sent = ground_.agent.transactions().request({.method = method, .branch = request.branch, .bytes = request.bytes},
                                                   agent::to_hop(flow_), is_followed ? this : nullptr);
  return sent ? (*sent)->id() : sip::TransactionId{};
}

void Leg::send_request(sip::Dialog& dialog, sip::Method method, std::string_view content_type, std::string_view body,
                       sip::TransactionId* keep) {
  Request request;
  sip::Writer writer = begin_request(dialog, method, request);
  if (method == sip::Method::invite) writer.header(sip::HeaderId::allow, allow);
  if (body.empty())
    writer.end();
  else
    writer.body(content_type, body);
  const sip::TransactionId sent = start(method, request, keep != nullptr);
  if (keep != nullptr) *keep = sent;
}

void Leg::acknowledge(sip::Dialog& dialog) {
  Request request;
  sip::Writer writer = begin_request(dialog, sip::Method::ack, request);
  writer.end();
  dialog.keep_ack(request.bytes);
  ground_.agent.send(flow_, request.bytes);
}

void Leg::respond(sip::ServerTransaction& transaction, const sip::Message& request, int status) {
  std::string out;
  const agent::Incoming incoming{request, agent::to_flow(transaction.hop())};
  sip::Writer writer = agent::Agent::response_head(out, incoming, status, {}, {});
  if (status == 200 || status == 405) writer.header(sip::HeaderId::allow, allow);
  if (status == 500) writer.header(sip::HeaderId::retry_after, random_bits() % 11);  // RFC 3261 §14.2.
  writer.end();
  ground_.agent.transactions().respond(transaction.id(), static_cast<std::uint16_t>(status), std::move(out));
}

void Leg::respond_invite(int status, std::string_view reason, std::string_view body) {
  if (!invite_ || is_invite_answered_) return;
  std::string out;
  out.reserve(700 + body.size());
  sip::Writer writer = agent::Agent::response_head(out, {*invite_, flow_}, status, reason, dialog_->local_tag());
  if (status < 300) {
    writer.copy(*invite_, sip::HeaderId::record_route);  // RFC 3261 §12.1.1.
    writer.header(sip::HeaderId::contact, {"<", dialog_->state().local_contact, ">"});
    writer.header(sip::HeaderId::allow, allow);
  }
  if (status == 503) writer.header(sip::HeaderId::retry_after, 5 + random_bits() % 26);
  if (body.empty())
    writer.end();
  else
    writer.body(sdp_type, body);
  is_invite_answered_ = status >= 200;
  if (status >= 200 && status < 300)
    retransmitter_.start(server_invite_, status, out);
  else
    ground_.agent.transactions().respond(server_invite_, static_cast<std::uint16_t>(status), std::move(out));
  if (status >= 300) invite_ = {};
}

journal::Dialog Leg::dialog_record() const {
  journal::Dialog record;
  if (!dialog_) return record;
  const sip::DialogState& state = dialog_->state();
  record.call_id = state.call_id;
  record.local_uri = state.local_address;
  record.local_tag = state.local_tag;
  record.remote_uri = state.remote_address;
  record.remote_tag = state.remote_tag;
  record.local_cseq = state.local_cseq;
  record.remote_cseq = state.remote_cseq;
  record.route_set = state.route_set;
  record.remote_target = state.remote_target;
  record.flow = agent::flow_text(flow_);
  if (session_.state() == sdp::OfferAnswer::State::stable) {
    record.local_sdp = session_.local().text();
    record.sdp_version = session_.local().version();
    if (const sdp::Session* remote = session_.remote(); remote != nullptr) {
      record.remote_sdp = remote->text();
      record.on_hold = sdp::is_held(*remote);
    }
  }
  return record;
}

}  // namespace carillon::call

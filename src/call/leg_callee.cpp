// SPDX-License-Identifier: GPL-3.0-or-later
// The leg of a device that is called: our INVITE until it is answered, refused or cancelled, and every race between those.
#include <algorithm>

#include "base/id.hpp"
#include "base/kill_point.hpp"
#include "call/leg.hpp"
#include "sip/challenge_answer.hpp"
#include "sip/reason.hpp"

namespace carillon::call {

namespace {

/// Of one INVITE; a fork behind the device that answers with more is not heard.
constexpr std::size_t early_dialogs_max = 8;

}  // namespace

std::unique_ptr<Leg> Leg::to_contact(Ground ground, const Contact& contact, const Party& from, const Party& to) {
  agent::Agent& agent = ground.agent;
  std::unique_ptr<Leg> leg(new Leg(std::move(ground), Side::callee, contact.flow));
  sip::DialogState state;
  state.call_id = sip::make_tag(leg->ground_.slot);
  state.local_tag = sip::make_tag(leg->ground_.slot);
  state.local_address = from.address();
  state.remote_address = to.address();
  state.local_contact = agent.contact_uri(contact.flow, sip::escape_user(contact.trunk ? contact.trunk->user : from.user),
                                          contact.uri.starts_with("sips:"));  // RFC 3261 §8.1.1.8.
  state.remote_target = contact.uri;
  state.route_set = contact.path;
  state.local_cseq = static_cast<std::uint32_t>(random_bits() % 10000);
  leg->headers_ = contact.headers;
  leg->identity_ = contact.trunk ? contact.trunk->identity : state.local_address;
  leg->prepared_.emplace(sip::Dialog::prepare(std::move(state)));
  return leg;
}

void Leg::invite(const sdp::Draft* draft, unsigned max_forwards, std::string_view referred_by, bool is_auto) {
  CARILLON_ENSURE(state_ == State::trying && prepared_ && !first_invite_);
  max_forwards_ = max_forwards;
  referred_by_ = referred_by;
  is_auto_ = is_auto;
  std::string_view body;
  if (draft != nullptr)
    body = session_.send_offer(sdp::Carrier::invite, *draft);
  else
    session_.send_empty_invite();
  send_first_invite(body);
}

void Leg::send_first_invite(std::string_view body) {
  Request request;
  sip::Writer writer = begin_request(*prepared_, sip::Method::invite, request, max_forwards_);
  writer.header(sip::HeaderId::allow, agent::allowed_in_dialogs);
  // Without an offer of ours a reliable 1xx would have to bring one (RFC 3262 §5), which nobody could answer yet.
  writer.header(sip::HeaderId::supported, {body.empty() ? "" : "100rel, ", agent::supported_in_dialogs});
  session_timer_.write_request(writer);
  write_identity(writer);
  for (const auto& [id, value] : headers_) writer.header(id, value);
  if (!authorization_.empty()) writer.header(authorization_in_, authorization_);
  if (is_auto_) writer.header(sip::HeaderId::call_info, {"<sip:", ground_.realm, ">;answer-after=0"});
  if (!referred_by_.empty()) writer.header(sip::HeaderId::referred_by, referred_by_);
  if (body.empty())
    writer.end();
  else
    writer.body("application/sdp", body);
  kill_point("leg.inviting");
  first_invite_ = start(sip::Method::invite, request, true);
  if (first_invite_) return ground_.owner->on_invited(*this, request.bytes);
  tell({.kind = LegEvent::Kind::failed, .status = 503});
  end();
}

void Leg::on_invite_response(const sip::Message& response, bool is_cancelled) {
  is_heard_of_ = true;
  if (response.is_success()) return on_invite_success(response, is_cancelled);
  if (response.is_provisional()) return on_invite_progress(response);
  forget_client(first_invite_);
  const bool is_again = (response.status() == 422 && session_timer_.raise(response)) ||
                        answer_challenge(response, sip::Method::invite, prepared_->state().remote_target);
  if (is_again && state_ != State::draining) {
    const bool has_offer = !session_.local().text().empty();
    session_.local_invite_failed();
    if (!has_offer) session_.send_empty_invite();
    return send_first_invite(has_offer ? session_.repeat_offer() : std::string_view());
  }
  LegEvent event{.kind = LegEvent::Kind::failed, .status = response.status(), .reason = std::string(response.reason())};
  event.cause = sip::reason_to_pass_on(response);
  if (response.status() == 503)
    event.retry_after =
        std::chrono::seconds(sip::parse_seconds(response.first(sip::HeaderId::retry_after).value_or("")).value_or(0));
  if (state_ != State::draining) tell(std::move(event));
  end();
}

/// Only of the carrier that this leg goes to.
bool Leg::answer_challenge(const sip::Message& response, sip::Method method, const std::string& uri) {
  if (!ground_.trunk) return false;
  const TrunkSide& trunk = *ground_.trunk;
  const sip::PinnedLogin login{
      .user = trunk.username, .realm = trunk.realm, .ha1_md5 = trunk.ha1_md5, .ha1_sha256 = trunk.ha1_sha256};
  auto answer = sip::answer_challenge(response, login, method, uri, challenges_);
  if (!answer) return false;
  authorization_ = std::move(answer->value);
  authorization_in_ = answer->header;
  if (method == sip::Method::invite) ack_authorization_ = {authorization_in_, authorization_};
  return true;
}

void Leg::forget_challenges() {
  challenges_ = 0;
  authorization_.clear();
}

void Leg::on_invite_progress(const sip::Message& response) {
  if (response.status() == 100 || state_ == State::draining || state_ == State::confirmed) return;
  kill_point("leg.ringing_heard");
  enter_state(State::early);
  note_abilities(response);
  const auto rseq = sip::parse_seconds(response.first(sip::HeaderId::rseq).value_or(""));
  const bool is_reliable = rseq && response.lists(sip::HeaderId::require, "100rel");
  bool has_session = false;
  EarlyDialog* early = find_early(response.to_tag());
  if (early == nullptr) early = make_early(response);
  if (is_reliable || has_sdp(response)) {
    if (early == nullptr) return;
    if (is_reliable) {
      // RFC 3262 §4: one that came before is acknowledged already, one that comes too early will come again.
      if (early->rseq != 0 && *rseq != early->rseq + 1) return;
      early->rseq = *rseq;
    }
    // To an INVITE without an offer only the 2xx may bring one: we offered no 100rel.
    const bool has_offered = !session_.local().text().empty();
    const std::optional<sdp::Session> description = has_offered ? description_in(response) : std::nullopt;
    const auto verdict = early->session.receive(is_reliable ? sdp::Carrier::reliable : sdp::Carrier::provisional,
                                                description ? &*description : nullptr);
    has_session = verdict.meaning == sdp::OfferAnswer::Meaning::preview || verdict.meaning == sdp::OfferAnswer::Meaning::answer;
    if (has_session) heard_ = early;
    if (is_reliable) send_prack(*early, response);
  }
  tell({.kind = LegEvent::Kind::progress,
        .status = response.status(),
        .reason = std::string(response.reason()),
        .has_session = has_session});
  run_operations();
}

/// The dialog of a 2xx: its early one goes on, whose requests have numbers already.
Result<sip::Dialog> Leg::make_dialog(const sip::Message& response) const {
  const EarlyDialog* early = find_early(response.to_tag());
  if (early == nullptr) return prepared_->from_response(response);
  if (!early->dialog.matches(response)) return failure(sip::DialogFault::foreign, "a 2xx of another call");
  sip::Dialog dialog = early->dialog;
  CARILLON_CHECK(dialog.confirm(response));
  return dialog;
}

void Leg::send_prack(EarlyDialog& early, const sip::Message& response) {
  Request request;
  sip::Writer writer = begin_request(early.dialog, sip::Method::prack, request);
  writer.begin(sip::HeaderId::rack);
  writer.number(early.rseq);
  writer.text(" ");
  writer.number(response.cseq_number());
  writer.text(" INVITE");
  writer.end_line();
  writer.end();
  start(sip::Method::prack, request, false);
}

Leg::EarlyDialog* Leg::find_early(std::string_view tag) const {
  const auto found = std::ranges::find_if(early_, [tag](const auto& each) { return each->dialog.remote_tag() == tag; });
  return found == early_.end() ? nullptr : found->get();
}

Leg::EarlyDialog* Leg::make_early(const sip::Message& response) {
  if (early_.size() == early_dialogs_max) return nullptr;
  auto dialog = prepared_->from_response(response);
  if (!dialog) return nullptr;
  EarlyDialog& early = *early_.emplace_back(std::make_unique<EarlyDialog>(std::move(*dialog), session_));
  if (ground_.agent.add_dialog(early.dialog, *this)) return &early;
  early_.pop_back();
  return nullptr;
}

void Leg::forget_early() {
  for (const auto& early : early_) ground_.agent.remove_dialog(early->dialog, *this);
  early_.clear();
  heard_ = nullptr;
}

void Leg::on_invite_success(const sip::Message& response, bool is_cancelled) {
  if (dialog_ && dialog_->matches(response)) return;  // Its retransmission, and our ACK is still to be made.
  // RFC 3261 §13.2.2.4, §9.1: a second branch of a fork, or an answer that crossed our CANCEL: acknowledge, then hang up.
  if (dialog_ || is_cancelled || state_ == State::draining) return acknowledge_and_leave(response);
  EarlyDialog* early = find_early(response.to_tag());
  auto made = make_dialog(response);
  if (!made) {
    tell({.kind = LegEvent::Kind::failed, .status = 502, .reason = "No usable Contact"});
    return end();
  }
  kill_point("leg.answer_heard");
  if (early != nullptr) session_ = std::move(early->session);
  forget_early();
  dialog_.emplace(std::move(*made));
  ground_.agent.add_dialog(*dialog_, *this);
  enter_state(State::confirmed);
  forget_challenges();
  note_abilities(response);
  session_timer_.take_answer(response);
  const std::optional<sdp::Session> description = description_in(response);
  const auto meaning = session_.receive(sdp::Carrier::success, description ? &*description : nullptr).meaning;
  is_ack_owed_ = meaning == sdp::OfferAnswer::Meaning::offer;
  if (!is_ack_owed_) acknowledge(*dialog_, {});
  kill_point("leg.answer_acknowledged");
  if (meaning != sdp::OfferAnswer::Meaning::missing) {
    tell({.kind = LegEvent::Kind::answered,
          .status = response.status(),
          .reason = std::string(response.reason()),
          .has_session = true});
    return run_operations();
  }
  tell({.kind = LegEvent::Kind::failed, .status = 488, .reason = "No answer to the offer"});
  drain();
  hang_up();
}

void Leg::acknowledge_and_leave(const sip::Message& response) {
  auto other = make_dialog(response);
  if (!other) return;
  acknowledge(*other, {});
  const bool is_first = !dialog_.has_value();
  if (is_first) forget_challenges();
  send_request(*other, sip::Method::bye, {}, {}, is_first ? &bye_ : nullptr);
  if (!is_first) return;
  dialog_.emplace(std::move(*other));  // So that its repeated 2xx finds the ACK again.
  ground_.agent.add_dialog(*dialog_, *this);
  if (!bye_) end();
}

}  // namespace carillon::call

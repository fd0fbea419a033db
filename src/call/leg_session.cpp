// SPDX-License-Identifier: GPL-3.0-or-later
// What the peer wants in the dialog: re-INVITE, UPDATE, INFO, BYE. What needs a decision becomes a question to the story.
#include <algorithm>

#include "base/id.hpp"
#include "base/kill_point.hpp"
#include "call/leg.hpp"
#include "sip/reason.hpp"

namespace carillon::call {

void Leg::on_request(sip::Dialog& dialog, sip::ServerTransaction& transaction, const sip::Message& request) {
  enter([&] { take_request(dialog, transaction, request); });
}

void Leg::take_request(sip::Dialog& dialog, sip::ServerTransaction& transaction, const sip::Message& request) {
  note_session_id(request);
  is_in_doubt_ = false;
  lost_.cancel();  // Whether or not it says so to the question that is out.
  note_change();
  // What a fork says on an early dialog is heard from then on.
  for (const auto& early : early_)
    if (&early->dialog == &dialog && early->session.remote() != nullptr) heard_ = early.get();
  switch (request.method()) {
    case sip::Method::bye:
      return take_bye(transaction, request);
    case sip::Method::invite:
      return take_reinvite(transaction, request);
    case sip::Method::update:
      return take_update(transaction, request);
    case sip::Method::prack:
      return take_prack(transaction, request);
    case sip::Method::refer:
      return take_refer(transaction, request);
    case sip::Method::options:
      return respond(transaction, request, 200);
    case sip::Method::info: {
      const bool is_told = !request.body().empty() && state_ == State::confirmed;
      if (is_told && !ground_.owner->has_room(*this, LegEvent::Kind::info)) return respond(transaction, request, 500);
      respond(transaction, request, 200);
      if (!is_told) return;
      LegEvent event{.kind = LegEvent::Kind::info};
      event.content_type = request.first(sip::HeaderId::content_type).value_or("");
      event.body = request.body();
      return tell(std::move(event));
    }
    default:
      return respond(transaction, request, 405);
  }
}

void Leg::take_bye(sip::ServerTransaction& transaction, const sip::Message& request) {
  kill_point("leg.bye_heard");
  respond(transaction, request, 200);
  kill_point("leg.bye_answered");
  if (is_asking()) refuse_offer(487);
  if (server_invite_ && !is_invite_answered_) respond_invite(487, {}, {});
  if (state_ == State::early && side_ == Side::callee) return;  // RFC 3261 §15: the called side may not; its refusal will come.
  lose_peer(sip::reason_to_pass_on(request));
}

void Leg::take_reinvite(sip::ServerTransaction& transaction, const sip::Message& request) {
  if (state_ != State::confirmed) return respond(transaction, request, 481);
  if (server_invite_) return respond(transaction, request, 500);  // RFC 3261 §14.2: the last one is not finished.
  if (!ground_.owner->has_room(*this, LegEvent::Kind::offer)) return respond(transaction, request, 500);
  if (const auto least = sip::too_brief_session(request)) return refuse_brief_session(transaction, request, *least);
  const std::optional<sdp::Session> description = description_in(request);
  if (has_sdp(request) && !description) return respond(transaction, request, 400);
  const auto verdict = session_.receive(sdp::Carrier::invite, description ? &*description : nullptr);
  if (verdict.meaning == sdp::OfferAnswer::Meaning::refused) return respond(transaction, request, verdict.status);
  server_invite_ = transaction.id();
  ground_.agent.transactions().set_listener(server_invite_, static_cast<sip::ServerTransaction::Listener*>(this));
  invite_ = sip::OwnedMessage(request);
  is_invite_answered_ = false;
  note_abilities(request);
  ground_.agent.loop().timers().arm(bound_, ground_.agent.loop().now() + trying_after);
  tell({.kind = LegEvent::Kind::offer, .has_session = verdict.meaning == sdp::OfferAnswer::Meaning::offer});
}

void Leg::take_refer(sip::ServerTransaction& transaction, const sip::Message& request) {
  if (ground_.trunk) return respond(transaction, request, 403);  // Reliability T-10: nobody outside sends a call elsewhere.
  if (state_ != State::confirmed) return respond(transaction, request, 481);
  if (refer_id_ != 0) return respond(transaction, request, 500);  // One at a time.
  if (!ground_.owner->has_room(*this, LegEvent::Kind::refer)) return respond(transaction, request, 500);
  auto target = sip::read_refer_to(request);
  if (!target) return respond(transaction, request, target.error().is(sip::ReferFault::bad_method) ? 501 : 400);
  refer_id_ = request.cseq_number();
  is_refer_followed_ = request.first(sip::HeaderId::refer_sub).value_or("true") != "false";
  std::string out;
  sip::Writer writer = begin_response(out, {request, flow_}, 202);
  writer.header(sip::HeaderId::contact, {"<", dialog_->state().local_contact, ">"});
  if (!is_refer_followed_) writer.header(sip::HeaderId::refer_sub, "false");
  writer.end();
  ground_.agent.transactions().respond(transaction.id(), 202, out);
  kill_point("leg.refer_accepted");
  notify_refer(100);
  LegEvent event{.kind = LegEvent::Kind::refer};
  event.refer = std::make_unique<sip::ReferTo>(std::move(*target));
  tell(std::move(event));
}

void Leg::notify_refer(int status, std::string_view reason) {
  if (refer_id_ == 0 || state_ != State::confirmed) return;
  const bool is_over = status >= 200;
  if (is_refer_followed_) {
    Request request;
    sip::Writer writer = begin_request(*dialog_, sip::Method::notify, request);
    writer.begin(sip::HeaderId::event);
    writer.text("refer;id=");
    writer.number(refer_id_);
    writer.end_line();
    writer.header(sip::HeaderId::subscription_state, is_over ? "terminated;reason=noresource" : "active;expires=180");
    writer.body(sip::sipfrag_type, sip::sipfrag(status, reason));
    start(sip::Method::notify, request, false);
  }
  if (is_over) refer_id_ = 0;
}

bool Leg::is_dialog(const sip::Replaces& named) const {
  const auto is_named = [&named](const sip::Dialog& dialog) {
    return dialog.call_id() == named.call_id && dialog.local_tag() == named.to_tag && dialog.remote_tag() == named.from_tag;
  };
  return (dialog_ && is_named(*dialog_)) ||
         std::ranges::any_of(early_, [&](const auto& early) { return is_named(early->dialog); });
}

void Leg::take_update(sip::ServerTransaction& transaction, const sip::Message& request) {
  if (state_ != State::confirmed && state_ != State::early) return respond(transaction, request, 481);
  if (question_) return respond(transaction, request, 500);  // RFC 3311 §5.2.
  if (!ground_.owner->has_room(*this, LegEvent::Kind::offer)) return respond(transaction, request, 500);
  if (const auto least = sip::too_brief_session(request)) return refuse_brief_session(transaction, request, *least);
  note_abilities(request);
  ask_story(transaction, request, sdp::Carrier::update_success);
}

/// An UPDATE or PRACK: answered at once unless it holds an offer.
void Leg::ask_story(sip::ServerTransaction& transaction, const sip::Message& request, sdp::Carrier answer_in) {
  const std::optional<sdp::Session> description = description_in(request);
  if (has_sdp(request) && !description) return respond(transaction, request, 400);
  const sdp::Carrier carrier = answer_in == sdp::Carrier::update_success ? sdp::Carrier::update : sdp::Carrier::prack;
  sdp::OfferAnswer* session = session_with(request.from_tag());
  CARILLON_ENSURE(session != nullptr);  // The agent found the dialog among ours.
  const auto verdict = session->receive(carrier, description ? &*description : nullptr);
  if (verdict.meaning == sdp::OfferAnswer::Meaning::refused) return respond(transaction, request, verdict.status);
  if (verdict.meaning != sdp::OfferAnswer::Meaning::offer) {
    if (carrier == sdp::Carrier::prack) return respond(transaction, request, 200);
    dialog_with(request.from_tag())->refresh_target(request);
    return respond_update(transaction.id(), request, {});
  }
  question_ = Question{sip::OwnedMessage(request), transaction.id(), answer_in, std::string(request.from_tag())};
  tell({.kind = LegEvent::Kind::offer, .has_session = true});
}

void Leg::respond_update(sip::TransactionId transaction, const sip::Message& request, std::string_view body) {
  std::string out;
  sip::Writer writer = begin_response(out, {request, flow_}, 200);
  writer.header(sip::HeaderId::contact, {"<", dialog_with(request.from_tag())->state().local_contact, ">"});
  writer.header(sip::HeaderId::allow, agent::allowed_in_dialogs);
  if (request.method() == sip::Method::update) {
    writer.header(sip::HeaderId::supported, agent::supported_in_dialogs);
    if (state_ == State::confirmed) session_timer_.write_answer(writer, request);  // RFC 4028 §4: of sessions, not of ringing.
  }
  if (body.empty())
    writer.end();
  else
    writer.body("application/sdp", body);
  ground_.agent.transactions().respond(transaction, 200, out);
}

void Leg::refuse_brief_session(sip::ServerTransaction& transaction, const sip::Message& request, std::uint32_t least) {
  std::string out;
  sip::Writer writer = begin_response(out, {request, flow_}, 422);
  writer.header(sip::HeaderId::min_se, std::uint64_t{least});
  writer.end();
  ground_.agent.transactions().respond(transaction.id(), 422, out);
}

bool Leg::is_asking() const {
  return question_.has_value() || (state_ == State::confirmed && server_invite_ && invite_ && !is_invite_answered_);
}

void Leg::answer_offer(const sdp::Draft& draft) {
  if (!is_asking()) return;
  if (question_) {
    const Question question = std::move(*question_);
    question_.reset();
    answer_question(question, draft);
  } else {
    dialog_->refresh_target(*invite_);
    const bool is_answer = session_.due_in(sdp::Carrier::success) == sdp::OfferAnswer::Due::answer;
    respond_invite(
        200, {},
        is_answer ? session_.send_answer(sdp::Carrier::success, draft) : session_.send_offer(sdp::Carrier::success, draft));
  }
  run_operations();
}

void Leg::refuse_offer(int status) {
  if (!is_asking()) return;
  if (status < 300) status = 488;
  if (question_) {
    const Question question = std::move(*question_);
    question_.reset();
    refuse_question(question, status);
  } else {
    session_.remote_invite_refused();
    respond_invite(status, {}, {});
    is_invite_answered_ = false;
  }
  run_operations();
}

/// Of the dialog or an early one; null when that branch of a fork is gone.
sdp::OfferAnswer* Leg::session_with(std::string_view tag) {
  if (dialog_ && dialog_->remote_tag() == tag) return &session_;
  EarlyDialog* early = find_early(tag);
  return early == nullptr ? nullptr : &early->session;
}

sip::Dialog* Leg::dialog_with(std::string_view tag) {
  if (dialog_ && dialog_->remote_tag() == tag) return &*dialog_;
  EarlyDialog* early = find_early(tag);
  return early == nullptr ? nullptr : &early->dialog;
}

void Leg::answer_question(const Question& question, const sdp::Draft& draft) {
  sdp::OfferAnswer* session = session_with(question.tag);
  // Another branch may be heard by now, or have answered: then there is nothing to say to this one.
  if (session == nullptr || session != &negotiation() || session->due_in(question.answer_in) != sdp::OfferAnswer::Due::answer)
    return refuse_question(question, 500);
  if (question.answer_in == sdp::Carrier::update_success) talk()->refresh_target(*question.request);
  respond_update(question.transaction, *question.request, session->send_answer(question.answer_in, draft));
}

void Leg::refuse_question(const Question& question, int status) {
  if (sdp::OfferAnswer* session = session_with(question.tag)) session->remote_offer_refused();
  if (sip::ServerTransaction* transaction = ground_.agent.transactions().find_server(question.transaction))
    respond(*transaction, *question.request, status);
}

void Leg::relay_info(std::string_view content_type, std::string_view body) {
  if (state_ != State::confirmed || !dialog_) return;
  send_request(*dialog_, sip::Method::info, content_type, body, nullptr);
}

}  // namespace carillon::call

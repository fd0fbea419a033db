// SPDX-License-Identifier: GPL-3.0-or-later
// What the journal keeps of an established leg, and the leg that is made of it again after a restart (ruling 3).
#include "call/farewell.hpp"
#include "call/leg.hpp"
#include "sdp/relay.hpp"

namespace carillon::call {

namespace {

/// Requests that may have left after the last record was written: numbers are not used twice.
constexpr std::uint32_t numbers_left_out = 32;

}  // namespace

sip::Dialog restore_dialog(const journal::Dialog& record) {
  sip::DialogState state{.call_id = record.call_id,
                         .local_tag = record.local_tag,
                         .remote_tag = record.remote_tag,
                         .local_address = record.local_uri,
                         .remote_address = record.remote_uri,
                         .local_contact = record.local_contact,
                         .remote_target = record.remote_target,
                         .route_set = record.route_set,
                         .local_cseq = record.local_cseq + numbers_left_out,
                         .remote_cseq = record.remote_cseq,
                         .is_confirmed = true};
  return sip::Dialog::restore(std::move(state), record.is_initiator);
}

journal::Dialog Leg::dialog_record(const sdp::Draft* answer) const {
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
  record.local_contact = state.local_contact;
  record.is_initiator = dialog_->is_initiator();
  record.flow = agent::flow_text(flow_);
  record.account = ground_.account;
  record.terminal = ground_.terminal.value;
  record.instance = ground_.trunk ? ground_.trunk->certificate : ground_.agent.instance_at(flow_, ground_.account);
  record.identity = identity_;
  record.session_id = session_id_.text();
  record.far_session_id = far_session_id_.text();
  record.allows_update = allows_update_;
  const sip::SessionTimer::Agreement timer =
      answer != nullptr && invite_ ? session_timer_.agree(*invite_) : session_timer_.agreement();
  record.session_seconds = timer.interval;
  record.is_refresher = timer.is_ours;
  record.is_only_refresher = timer.is_only_ours;
  std::optional<sdp::OfferAnswer> answered;
  if (answer != nullptr && session_.due_in(sdp::Carrier::success) == sdp::OfferAnswer::Due::answer)
    answered.emplace(session_).send_answer(sdp::Carrier::success, *answer);
  const sdp::OfferAnswer& session = answered ? *answered : session_;
  if (session.state() != sdp::OfferAnswer::State::stable) return record;
  record.local_sdp = session.local().text();
  record.sdp_version = session.local().version();
  if (const sdp::Session* remote = session.remote(); remote != nullptr) {
    record.remote_sdp = remote->text();
    record.on_hold = sdp::is_held(*remote);
  }
  return record;
}

journal::Ringing Leg::ringing_record() const {
  journal::Ringing record{.flow = agent::flow_text(flow_)};
  if (!invite_ || !dialog_) return record;
  record.local_tag = dialog_->local_tag();
  record.invite = invite_->raw();
  return record;
}

Result<std::unique_ptr<Leg>> Leg::take_up(Ground ground, const journal::Dialog& record) {
  const auto flow = agent::parse_flow(record.flow);
  if (!flow) return failure(LegFault::bad_dialog, "no flow");
  const bool is_settled = !record.local_sdp.empty() && !record.remote_sdp.empty();
  // Of two calls that both had it the later one is taken up first.
  if (ground.agent.find_dialog(record.call_id, record.local_tag, record.remote_tag) != nullptr)
    return failure(LegFault::bad_dialog, "another call has it");
  std::unique_ptr<Leg> leg(new Leg(std::move(ground), record.is_initiator ? Side::callee : Side::caller, *flow));
  leg->dialog_.emplace(restore_dialog(record));
  if (is_settled) {
    CARILLON_TRY(session, sdp::OfferAnswer::restore(record.local_sdp, record.remote_sdp));
    leg->session_ = std::move(session);
    if (const auto ours = sdp::Session::parse(record.local_sdp)) leg->media_keys_.restore(*ours);
  }
  leg->identity_ = record.identity;
  leg->session_id_ = sip::SessionId::parse(record.session_id).value_or(sip::SessionId::make());
  leg->far_session_id_ = sip::SessionId::parse(record.far_session_id).value_or(sip::SessionId());
  leg->allows_update_ = record.allows_update;
  leg->is_in_doubt_ = true;
  if (!leg->ground_.agent.add_dialog(*leg->dialog_, *leg)) return failure(LegFault::bad_dialog, "too many dialogs");
  if (leg->ground_.trunk) {
    agent::Way way =
        leg->side_ == Side::callee ? agent::Way{*flow, record.instance} : agent::way_back(*flow, record.remote_target);
    way.payer = leg->ground_.trunk->payer;
    leg->ground_.agent.know_way(*flow, std::move(way));
  } else if (flow->transport != net::Transport::udp) {
    leg->ground_.agent.await_device(*leg, record.instance);
  }
  leg->session_timer_.resume({record.session_seconds, record.is_refresher, record.is_only_refresher});
  leg->enter_state(State::confirmed);
  return leg;
}

void Leg::probe() {
  if (state_ != State::confirmed) return;
  const bool is_reachable = ground_.agent.is_usable(flow_);
  const Duration patience = is_reachable ? probe_patience : lost_device_max;
  ground_.agent.loop().timers().arm(lost_, ground_.agent.loop().now() + patience);
  if (is_reachable) send_request(*dialog_, sip::Method::options, {}, {}, &probe_);
}

void Leg::take_probe_response(const sip::Message& response) {
  if (!response.is_final() || state_ != State::confirmed) return;
  probe_ = {};
  // RFC 5057 §5.1: any other refusal comes from somebody who knows the dialog, or knows no OPTIONS.
  if (response.status() == 481 || response.status() == 408) return on_lost();
  is_in_doubt_ = false;
  lost_.cancel();
}

}  // namespace carillon::call

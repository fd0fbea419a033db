// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/farewell.hpp"

#include "base/kill_point.hpp"
#include "sip/transaction_token.hpp"

namespace carillon::call {

namespace {

constexpr std::size_t answers_max = 8;

/// What a record says, as far as somebody can still be told: the flow of a datagram, and an INVITE.
struct Rung {
  net::Flow flow;
  sip::Message invite;
};

std::optional<Rung> read(const journal::Ringing& record) {
  const auto flow = agent::parse_flow(record.flow);
  const auto invite = sip::Message::parse(record.invite);
  const bool is_usable =
      flow && flow->transport == net::Transport::udp && invite && invite->is_request() && invite->method() == sip::Method::invite;
  return is_usable ? std::optional(Rung{*flow, *invite}) : std::nullopt;
}

/// From or To as we wrote it, without its tag.
std::string address_of(std::string_view value) {
  return std::string(value.substr(0, value.rfind(";tag=")));
}

/// The dialog that our INVITE was to make.
sip::Dialog dialog_of(const sip::Message& invite) {
  sip::DialogState state;
  state.call_id = invite.call_id();
  state.local_tag = invite.from_tag();
  state.local_address = address_of(invite.first(sip::HeaderId::from).value_or(""));
  state.remote_address = invite.first(sip::HeaderId::to).value_or("");
  if (const auto contact = invite.contact()) state.local_contact = contact->address.uri.text;
  state.remote_target = invite.request_uri_text();
  for (std::string_view route : invite.values(sip::HeaderId::route)) state.route_set.emplace_back(route);
  state.local_cseq = invite.cseq_number() - 1;
  sip::Dialog dialog = sip::Dialog::prepare(std::move(state));
  // It has sent this INVITE: written once more, so that it knows the number.
  std::string written;
  sip::Writer writer(written);
  dialog.begin_request(writer, sip::Method::invite,
                       {.transport = "UDP", .sent_by = invite.via_sent_by(), .branch = invite.via_branch()});
  return dialog;
}

/// Without room for its transaction a BYE is sent once: better than not at all.
void send_bye(agent::Agent& agent, const net::Flow& flow, sip::Dialog& dialog) {
  const std::string branch = sip::make_branch(sip::slot_of_tag(dialog.local_tag()).value_or(0));
  std::string bytes;
  sip::Writer writer(bytes);
  const std::string sent_by = agent.sent_by(flow);
  dialog.begin_request(writer, sip::Method::bye,
                       {.transport = agent::Agent::via_transport(flow), .sent_by = sent_by, .branch = branch});
  writer.end();
  const auto sent =
      agent.transactions().request({.method = sip::Method::bye, .branch = branch, .bytes = bytes}, agent::to_hop(flow), nullptr);
  if (!sent) agent.send(flow, bytes);
}

}  // namespace

std::unique_ptr<Farewell> Farewell::to_device(agent::Agent& agent, const journal::Ringing& record) {
  const auto rung = read(record);
  if (!rung || rung->invite.cseq_number() == 0) return nullptr;  // Without a number it is not one of ours.
  std::unique_ptr<Farewell> farewell(new Farewell(agent, rung->flow, dialog_of(rung->invite)));
  const auto sent =
      agent.transactions().request({.method = sip::Method::invite, .branch = rung->invite.via_branch(), .bytes = record.invite},
                                   agent::to_hop(rung->flow), farewell.get());
  if (!sent) return nullptr;
  for (const auto header : {sip::HeaderId::authorization, sip::HeaderId::proxy_authorization})
    if (const auto value = rung->invite.first(header)) farewell->credentials_.emplace_back(header, *value);
  farewell->invite_ = (*sent)->id();
  kill_point("farewell.invite_repeated");
  agent.transactions().cancel(farewell->invite_, {});
  kill_point("farewell.cancelled");
  return farewell;
}

Farewell::~Farewell() {
  agent_.transactions().set_listener(invite_, static_cast<sip::ClientTransaction::Listener*>(nullptr));
}

void Farewell::on_response(sip::ClientTransaction&, const sip::Message& response) {
  if (!response.is_success()) return;
  for (sip::Dialog& dialog : answered_)
    if (dialog.matches(response)) {
      agent_.send(flow_, dialog.find_ack(response));
      return;
    }
  auto dialog = answered_.size() < answers_max ? prepared_.from_response(response) : failure(sip::DialogFault::foreign);
  if (!dialog) return;
  acknowledge(*dialog);
  kill_point("farewell.acknowledged");
  send_bye(agent_, flow_, *dialog);
  answered_.push_back(std::move(*dialog));
}

void Farewell::on_failure(sip::ClientTransaction&, sip::TransactionFailure) {
  invite_ = {};
}

void Farewell::acknowledge(sip::Dialog& dialog) {
  const std::string branch = sip::make_branch(sip::slot_of_tag(dialog.local_tag()).value_or(0));
  std::string bytes;
  sip::Writer writer(bytes);
  const std::string sent_by = agent_.sent_by(flow_);
  dialog.begin_request(writer, sip::Method::ack,
                       {.transport = agent::Agent::via_transport(flow_), .sent_by = sent_by, .branch = branch});
  for (const auto& [header, value] : credentials_) writer.header(header, value);
  writer.end();
  dialog.keep_ack(bytes);
  agent_.send(flow_, bytes);
}

bool say_farewell_to_caller(agent::Agent& agent, const journal::Ringing& record) {
  const auto rung = read(record);
  if (!rung) return false;
  const auto transaction = agent.transactions().accept(rung->invite, agent::to_hop(rung->flow));
  if (!transaction) return false;
  std::string answer;
  sip::Writer writer = agent::Agent::response_head(answer, {rung->invite, rung->flow}, farewell_status, {}, record.local_tag);
  writer.end();
  kill_point("farewell.caller_told");
  return agent.transactions().respond((*transaction)->id(), farewell_status, answer);
}

void hang_up(agent::Agent& agent, const journal::Dialog& record) {
  const auto flow = agent::parse_flow(record.flow);
  if (!flow || flow->transport != net::Transport::udp) return;
  if (agent.find_dialog(record.call_id, record.local_tag, record.remote_tag) != nullptr) return;
  sip::Dialog dialog = restore_dialog(record);
  kill_point("farewell.hanging_up");
  send_bye(agent, *flow, dialog);
}

}  // namespace carillon::call

// SPDX-License-Identifier: GPL-3.0-or-later
// What carriers send to a shard: calls to the numbers of its customers, and nothing else. Who they are is told by where they call
// from (RTE-14), and nobody there has a password with us.
#include "call/media_spec.hpp"
#include "dialplan/inbound.hpp"
#include "roles/signalling/shard.hpp"
#include "sip/uri.hpp"

namespace carillon::roles {

namespace {

/// Who calls, as the carrier tells it: asserted, else in From.
struct Told {
  std::string number;
  std::string display;
  bool is_anonymous = false;
};

Told told_caller(const sip::Message& invite) {
  sip::NameAddr from = invite.from();
  Told told{.number = sip::unescape(from.uri.user), .display = from.display_text()};
  const std::string_view privacy = invite.first(sip::HeaderId::privacy).value_or("");
  told.is_anonymous = from.uri.host == "anonymous.invalid" || told.number == "anonymous" || privacy.contains("id") ||
                      privacy.contains("user") || privacy.contains("header");
  const auto asserted = sip::NameAddr::parse(invite.first(sip::HeaderId::p_asserted_identity).value_or(""));
  if (asserted && !asserted->uri.user.empty()) told.number = sip::unescape(asserted->uri.user);
  return told;
}

}  // namespace

dialplan::Source source_of(const net::Flow& flow) {
  return {.address = flow.remote.bytes, .port = flow.remote.port, .is_stream = flow.transport != net::Transport::udp};
}

void Shard::receive_from_carrier(const agent::Incoming& incoming) {
  switch (incoming.message.method()) {
    case sip::Method::invite:
      return receive_trunk_invite(incoming);
    case sip::Method::options:
      return agent_->respond(incoming, 200);
    default:
      return agent_->respond(incoming, 405);
  }
}

void Shard::receive_trunk_invite(const agent::Incoming& incoming) {
  const std::string called = sip::unescape(incoming.message.request_uri().user);
  dialplan::Inbound inbound = dialplan::find_inbound(*snapshot_, source_of(incoming.flow), called);
  if (inbound.brand == nullptr) {
    if (const auto left_out = sources_log_.admit(incoming.flow.remote.host(), ground_.loop.now()))
      log::warning("signalling", "carrier.unknown", {{"source", incoming.flow.remote.to_string()}, {"left_out", *left_out}});
    return agent_->respond(incoming, 403);
  }
  if (inbound.customer == nullptr) return agent_->respond(incoming, 404);
  if (!owns(*inbound.customer)) return agent_->respond(incoming, 503);  // The number has changed hands since.
  if (inbound.customer->is_locked()) return agent_->respond(incoming, 403);
  // Reliability T-10: nobody outside takes over a call.
  if (incoming.message.has(sip::HeaderId::replaces)) return agent_->respond(incoming, 403);
  std::optional<sdp::Session> offer;
  if (!take_invite(incoming, offer)) return;

  const Told told = told_caller(incoming.message);
  auto side = std::make_shared<call::TrunkSide>();
  side->user = called;
  side->sources = inbound.carrier->sources;
  call::Call::Facts facts{.snapshot = snapshot_, .customer = inbound.customer, .ddi = inbound.ddi, .trunk = std::move(side)};
  facts.caller = dialplan::read_caller(*inbound.carrier, told.number);
  facts.dialled = inbound.number;
  facts.is_anonymous = told.is_anonymous;
  facts.presented = {
      .user = told.is_anonymous ? "anonymous" : dialplan::shown_number(*snapshot_, *inbound.customer, facts.caller),
      .domain = inbound.customer->realm(),
      .display = told.is_anonymous ? "Anonymous" : told.display};
  const std::string& prefix = inbound.ddi->display_prefix;
  if (!prefix.empty())
    facts.presented.display = facts.presented.display.empty() ? prefix : fmt::format("{} {}", prefix, facts.presented.display);
  facts.max_forwards = incoming.message.max_forwards().value_or(70) - 1U;
  if (!may_call(facts)) return agent_->respond(incoming, 486);
  accept_call(incoming, std::move(facts), offer ? &*offer : nullptr);
}

}  // namespace carillon::roles

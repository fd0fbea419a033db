// SPDX-License-Identifier: GPL-3.0-or-later
// What comes to a shard from outside of its customers: calls of carriers, which are known by where they call from (RTE-14) and
// have no password with us, and calls of other customers of the platform, which their shards have admitted. To numbers, and
// nothing else.
#include "call/media_spec.hpp"
#include "dialplan/decide.hpp"
#include "dialplan/inbound.hpp"
#include "roles/signalling/live_items.hpp"
#include "roles/signalling/shard.hpp"
#include "sip/uri.hpp"

namespace carillon::roles {

bool Shard::is_withheld(const sip::Message& invite) {
  // RFC 3323 §4.2, RFC 3325 §9.3; "none" asks for nothing.
  const auto values = invite.values(sip::HeaderId::privacy);
  const auto hides = [](std::string_view value) {
    return value.contains("id") || value.contains("user") || value.contains("header");
  };
  return std::ranges::any_of(values, hides);
}

Shard::OutsideCaller Shard::told_caller(const sip::Message& invite) {
  const sip::NameAddr from = invite.from();
  OutsideCaller told{.number = sip::unescape(from.uri.user), .display = from.display_text()};
  told.is_anonymous = from.uri.host == "anonymous.invalid" || told.number == "anonymous" || is_withheld(invite);
  const auto asserted = sip::NameAddr::parse(invite.first(sip::HeaderId::p_asserted_identity).value_or(""));
  if (asserted && !asserted->uri.user.empty()) told.number = sip::unescape(asserted->uri.user);
  told.redirection = sip::read_redirection(invite);
  return told;
}

void Shard::tell_behind(call::Call::Facts& facts, const sip::Message& invite) {
  const directory::Line* line = facts.terminal->line;
  const model::CliSource source = line == nullptr ? model::CliSource::from : line->cli_source;
  sip::NameAddr who = invite.from();
  if (source != model::CliSource::from) {
    const sip::HeaderId header = source == model::CliSource::p_asserted_identity    ? sip::HeaderId::p_asserted_identity
                                 : source == model::CliSource::p_preferred_identity ? sip::HeaderId::p_preferred_identity
                                                                                    : sip::HeaderId::remote_party_id;
    const auto told = sip::NameAddr::parse(invite.first(header).value_or(""));
    if (told && !told->uri.user.empty()) who = *told;
  }
  const auto number = dialplan::normalise_number(sip::unescape(who.uri.user));
  if (!number || number->empty()) return;  // An account, or nobody.
  facts.claimed = *number;
  // Inside, somebody behind a PBX has the number that it has there, unless that is an extension of ours.
  if (line == nullptr || !line->is_pbx() || facts.customer->find_extension(*number) != nullptr) return;
  facts.caller = *number;
  facts.presented = {.user = *number, .domain = facts.customer->realm(), .display = who.display_text()};
}

void Shard::tell_redirection(call::Call::Facts& facts, const sip::Message& invite) {
  if (!facts.terminal->is_pbx()) return;
  facts.redirection = sip::read_redirection(invite);
  const dialplan::Caller caller{*facts.customer, facts.terminal->user, facts.terminal};
  const std::string said = dialplan::normalise_number(facts.redirection.user).value_or("");
  facts.redirection.user = said.empty() ? said : dialplan::read_own_number(*facts.snapshot, caller, said);
}

call::Call::Facts Shard::facts_from_outside(const dialplan::Inbound& inbound, const OutsideCaller& told) const {
  auto side = std::make_shared<call::TrunkSide>();
  side->user = inbound.number;
  if (inbound.carrier != nullptr) {
    side->sources = sources_of(*inbound.carrier);
    side->payer = {.brand = inbound.brand->id.value, .carrier = inbound.carrier->id.value};
  }
  call::Call::Facts facts{.snapshot = snapshot_, .customer = inbound.customer, .ddi = inbound.ddi, .trunk = std::move(side)};
  facts.carrier = inbound.carrier;
  facts.caller = told.is_anonymous ? "anonymous" : told.number;  // Records are the callee's to read.
  facts.dialled = inbound.number;
  facts.is_anonymous = told.is_anonymous;
  const bool is_known = told.is_anonymous && told.number.starts_with('+');
  if (is_known) facts.withheld = dialplan::shown_number(*snapshot_, *inbound.customer, told.number);
  facts.redirection = told.redirection;
  if (!facts.redirection.user.starts_with('+')) facts.redirection.user.clear();
  facts.presented.domain = inbound.customer->realm();
  facts.presented.user = told.is_anonymous ? "anonymous" : dialplan::shown_number(*snapshot_, *inbound.customer, facts.caller);
  facts.presented.display = told.is_anonymous ? "Anonymous" : told.display;
  const std::string& prefix = inbound.ddi->display_prefix;
  if (!prefix.empty()) facts.presented.display = prefix + (facts.presented.display.empty() ? "" : ' ' + facts.presented.display);
  return facts;
}

void Shard::begin_call_from_outside(const agent::Incoming& incoming, call::Call::Facts facts) {
  std::optional<sdp::Session> offer;
  if (facts.customer->is_locked()) return agent_->respond(incoming, 403);
  if (facts.redirection.count > sip::redirections_max) return agent_->respond(incoming, 483);
  // Reliability T-10: nobody outside takes over a call.
  if (incoming.message.has(sip::HeaderId::replaces)) return agent_->respond(incoming, 403);
  if (!take_invite(incoming, false, offer)) return;
  facts.max_forwards = incoming.message.max_forwards().value_or(70) - 1U;
  if (!may_call(facts)) return agent_->respond(incoming, 486);
  accept_call(incoming, std::move(facts), offer ? &*offer : nullptr);
}

void Shard::receive_from_carrier(const agent::Incoming& incoming) {
  dialplan::Inbound inbound = find_inbound(*snapshot_, incoming.message, incoming.flow, named_sources_);
  if (inbound.registration != nullptr && !is_registered_at(*inbound.registration, incoming.flow.remote)) {
    const std::string called = sip::unescape(incoming.message.request_uri().user);
    inbound = dialplan::find_inbound(*snapshot_, source_of(incoming.flow, named_sources_), called);
  }
  if (inbound.brand == nullptr) {
    if (const auto left_out = sources_log_.admit(incoming.flow.remote.host(), ground_.loop.now()))
      log::warning("signalling", "carrier.unknown", {{"source", incoming.flow.remote.to_string()}, {"left_out", *left_out}});
    return agent_->respond(incoming, 403);
  }
  agent_->prove(incoming.flow, {}, incoming.flow.remote.host());  // No stranger: its connection may stay.
  if (incoming.message.method() == sip::Method::options) return agent_->respond(incoming, 200);
  if (incoming.message.method() != sip::Method::invite) return agent_->respond(incoming, 405);
  if (inbound.customer == nullptr) return agent_->respond(incoming, 404);
  if (!owns(*inbound.customer)) return agent_->respond(incoming, 503);  // The number has changed hands since.
  OutsideCaller told = told_caller(incoming.message);
  told.number = dialplan::read_caller(*inbound.carrier, told.number);
  if (!told.redirection.user.empty()) told.redirection.user = dialplan::read_caller(*inbound.carrier, told.redirection.user);
  begin_call_from_outside(incoming, facts_from_outside(inbound, told));
}

/// Its port does not matter: a registrar has others to call from.
bool Shard::is_registered_at(const model::CarrierRegistration& registration, const net::Address& source) const {
  const auto at = registered_at_.find(registration.id);
  return at != registered_at_.end() && at->second.same_host(source);
}

void Shard::note_registered_at(Id<model::CarrierRegistration> id, const std::optional<net::Address>& at) {
  if (at)
    registered_at_[id] = *at;
  else
    registered_at_.erase(id);
}

void Shard::on_registered_at(Id<model::CarrierRegistration> id, const std::optional<net::Address>& at) {
  if (ground_.places == nullptr) return note_registered_at(id, at);
  ground_.places->publish(id, at);
}

void Shard::on_source_addresses(Id<model::CarrierServer> server, std::vector<directory::NamedSources::Bytes> addresses) {
  if (ground_.places == nullptr) return note_source(server, std::move(addresses));
  ground_.places->publish(server, addresses);
}

std::vector<directory::CarrierSource> Shard::sources_of(const directory::Carrier& carrier) const {
  std::vector<directory::CarrierSource> sources = carrier.sources;
  for (const directory::CarrierServer& server : carrier.servers) {
    if (!server.is_named_source) continue;
    for (const directory::NamedSources::Bytes& each : named_sources_.addresses_of(server.row.id))
      sources.push_back({.network = {.bytes = each, .bits = 128}, .port = static_cast<std::uint16_t>(server.row.port)});
  }
  return sources;
}

void Shard::on_registration(const trunk::Registration& registration) {
  if (const directory::Brand* brand = snapshot_->find_brand(registration.row().brand))
    news_.note(describe_live(*brand, registration.row(), registration.state()));
}

/// Ruling 11: who calls is told in E.164, and which call it is there by its Contact.
void Shard::receive_on_net(const agent::Incoming& incoming) {
  if (incoming.message.method() != sip::Method::invite) return agent_->respond(incoming, 405);
  dialplan::Inbound inbound{.number = sip::unescape(incoming.message.request_uri().user)};
  const directory::Numbers::Found found = snapshot_->find_ddi(inbound.number);
  if (found.customer == nullptr) return agent_->respond(incoming, 404);
  if (!owns(*found.customer)) return agent_->respond(incoming, 503);
  inbound.customer = found.customer;
  inbound.ddi = found.ddi;
  call::Call::Facts facts = facts_from_outside(inbound, told_caller(incoming.message));
  const auto contact = sip::NameAddr::parse(incoming.message.first(sip::HeaderId::contact).value_or(""));
  if (const auto other = contact ? call_id_from_hex(contact->uri.user) : std::nullopt) {
    facts.linked_call = *other;
    facts.link_reason = journal::LinkReason::onnet;
  }
  begin_call_from_outside(incoming, std::move(facts));
}

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
// Calls and registrations as values.
#include "roles/signalling/live_items.hpp"

#include "agent/hop.hpp"
#include "base/utf8.hpp"

namespace carillon::roles {

control::LiveCall describe_live(call::Call& call) {
  const call::Call::Facts& facts = call.facts();
  control::LiveCall live;
  live.id = call.id();
  live.brand = facts.customer->brand();
  live.customer = facts.customer->id();
  live.call_id = clean_text(call.sip_call_id(), longest_peer_text);
  live.direction = call.direction();
  live.caller = clean_text(facts.caller, longest_peer_text);
  live.callee = clean_text(call.callee(), longest_peer_text);
  if (facts.user() != nullptr) live.caller_user = facts.user()->id;
  live.callee_user = call.callee_user();
  live.started_at = call.started_at();
  if (call.is_answered()) live.answered_at = call.answered_at();  // Not while the answer is on its way to the disk.
  live.caller_held = call.is_held(call::Call::Side::caller);
  live.callee_held = call.is_held(call::Call::Side::callee);
  return live;
}

control::LiveRegistration describe_live(const directory::Customer& customer, const directory::Terminal& terminal) {
  control::LiveRegistration live;
  live.brand = customer.brand();
  live.customer = customer.id();
  live.terminal = terminal.id;
  if (terminal.user != nullptr) live.user = terminal.user->id;
  live.name = terminal.name;
  return live;
}

control::LiveCarrierRegistration describe_live(const directory::Brand& brand, const model::CarrierRegistration& registration,
                                               const trunk::RegistrationState& state) {
  control::LiveCarrierRegistration live;
  live.id = registration.id;
  live.brand = brand.id;
  live.carrier = registration.carrier;
  if (const directory::Carrier* carrier = brand.routing->find_carrier(registration.carrier)) live.carrier_name = carrier->name;
  live.name = fmt::format("{}@{}", registration.username, registration.domain);
  live.state = static_cast<control::CarrierRegistrationState>(state.phase);  // They have the same names.
  live.last_code = state.last_code;
  live.since = state.since;
  live.expires_at = state.expires_at;
  live.target = state.target;
  return live;
}

void add_record(control::LiveRegistration& live, const journal::Registration& record) {
  live.contact = clean_text(record.contact, longest_peer_text);
  live.transport = record.flow.substr(0, record.flow.find(' '));
  if (const auto flow = agent::parse_flow(record.flow)) live.source = flow->remote.to_string();
  live.user_agent = clean_text(record.user_agent, longest_peer_text);
  live.registered_at = record.registered_at;
  live.expires_at = record.expires_at;
}

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/dial.hpp"

#include "dialplan/decide.hpp"
#include "pbx/targets.hpp"

namespace carillon::pbx {

namespace {

dialplan::Decision decide(const call::Call& call) {
  const call::Call::Facts& facts = call.facts();
  if (facts.ddi != nullptr) return dialplan::decide_inbound(*facts.customer, *facts.ddi);
  const dialplan::Facts question{.customer = facts.customer->id(),
                                 .terminal = facts.terminal->id,
                                 .dialled = facts.dialled,
                                 .instant = call.started_at(),
                                 .claimed = facts.claimed};
  return dialplan::decide(*facts.snapshot, question);
}

}  // namespace

Task<> dial(call::Call& call) {
  dialplan::Decision decision = decide(call);
  call.explain(dialplan::explain(decision));
  if (!decision.number.empty()) call.set_callee(decision.number);
  if (decision.is_refused()) {
    const auto refusal = std::get<dialplan::Refusal>(decision.answer);
    if (decision.is_external) call.mark_outbound();
    call.set_ending(journal::Status::failed, dialplan::sip_status(refusal));
    co_return;
  }
  if (call.facts().trunk != nullptr) {
    const bool is_admitted = co_await call.services().outgoing.admit(call);
    if (!is_admitted) co_return;
  }
  if (auto* external = std::get_if<dialplan::External>(&decision.answer)) {
    co_await call.services().outgoing.enter(call, std::move(*external));
    co_return;
  }
  if (auto* on_net = std::get_if<dialplan::OnNet>(&decision.answer)) {
    co_await call.services().outgoing.enter(call, std::move(*on_net));
    co_return;
  }
  Arrival arrival{.target = std::get<directory::Target>(decision.answer), .extension = decision.extension};
  co_await enter(call, arrival);
}

}  // namespace carillon::pbx

// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/dial.hpp"

#include "dialplan/decide.hpp"
#include "pbx/targets.hpp"

namespace carillon::pbx {

Task<> dial(call::Call& call) {
  const call::Call::Facts& facts = call.facts();
  const dialplan::Facts question{
      .customer = facts.customer->id(), .terminal = facts.terminal->id, .dialled = facts.dialled, .instant = call.started_at()};
  const dialplan::Decision decision = dialplan::decide(*facts.snapshot, question);
  call.explain(dialplan::explain(decision));
  if (!decision.number.empty()) call.set_callee(decision.number);
  if (decision.is_refused()) {
    const auto refusal = std::get<dialplan::Refusal>(decision.answer);
    call.set_ending(journal::Status::failed, dialplan::sip_status(refusal));
    co_return;
  }
  Arrival arrival{.target = std::get<directory::Target>(decision.answer), .extension = decision.extension};
  co_await enter(call, arrival);
}

}  // namespace carillon::pbx

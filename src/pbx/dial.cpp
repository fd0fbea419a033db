// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/dial.hpp"

#include <algorithm>

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
                                 .claimed = facts.claimed,
                                 .redirecting = facts.redirection.user};
  return dialplan::decide(*facts.snapshot, question);
}

/// What names carriers apart from the rest.
void explain(call::Call& call, const dialplan::Decision& decision) {
  std::span<const dialplan::Reason> rest = decision.reasons;
  while (!rest.empty()) {
    const bool is_brands = rest.front().is_brands;
    const auto end = std::ranges::find(rest, !is_brands, &dialplan::Reason::is_brands);
    const auto count = static_cast<std::size_t>(end - rest.begin());
    std::string lines = dialplan::explain(rest.first(count));
    if (lines.ends_with('\n')) lines.pop_back();
    call.explain(lines, is_brands ? trace::Audience::brand : trace::Audience::customer);
    rest = rest.subspan(count);
  }
}

}  // namespace

Task<> dial(call::Call& call) {
  dialplan::Decision decision = decide(call);
  explain(call, decision);
  if (!decision.number.empty()) call.set_callee(decision.number);
  if (decision.is_refused()) {
    const auto refusal = std::get<dialplan::Refusal>(decision.answer);
    if (decision.is_external) call.mark_outbound();
    const bool is_from_outside = call.facts().trunk != nullptr;  // What is wrong here is no business of theirs.
    call.set_ending(journal::Status::failed, dialplan::sip_status(refusal),
                    is_from_outside ? std::string_view() : dialplan::phrase_of(refusal));
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

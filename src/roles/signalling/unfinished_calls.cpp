// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/unfinished_calls.hpp"

#include <algorithm>

#include "base/kill_point.hpp"
#include "base/log.hpp"
#include "call/farewell.hpp"

namespace carillon::roles {

namespace {

/// What one flush takes: far less than the journal keeps in memory.
constexpr std::size_t calls_per_commit = 1000;

}  // namespace

journal::Ended end_of(const journal::UnfinishedCall& call) {
  journal::Ended ended{.call = call.setup.call, .at = call.setup.started_at, .status = journal::Status::failed, .broken = true};
  ended.decisions = "ended: signalling was restarted";
  ended.is_outbound = call.reserved.has_value();
  if (call.reserved) ended.callee = call.reserved->callee;
  if (!call.answered) {
    const auto is_told = std::ranges::find(call.ringing, journal::Side::caller, &journal::Ringing::side) != call.ringing.end();
    if (is_told) ended.sip_code = call::farewell_status;
    return ended;
  }
  ended.sip_code = 200;
  ended.at = std::max(call.answered->at, call.alive_at.value_or(call.answered->at));
  ended.duration = std::chrono::duration_cast<std::chrono::milliseconds>(ended.at - call.answered->at);
  return ended;
}

Result<UnfinishedCalls> sort_unfinished_calls(journal::Writer& journal) {
  UnfinishedCalls calls;
  for (journal::UnfinishedCall& call : journal.unfinished())
    (call.answered ? calls.answered : calls.ended).push_back(std::move(call));
  kill_point("takeup.sorted");
  for (std::size_t i = 0; i < calls.ended.size(); ++i) {
    CARILLON_CHECK(journal.append(end_of(calls.ended[i])));
    if (i + 1 == calls.ended.size() || (i + 1) % calls_per_commit == 0) CARILLON_CHECK(journal.commit());
  }
  kill_point("takeup.unanswered_ended");
  std::ranges::sort(calls.answered, std::ranges::greater(), [](const auto& call) { return call.setup.started_at; });
  if (!calls.answered.empty() || !calls.ended.empty())
    log::warning("signalling", "calls.unfinished", {{"answered", calls.answered.size()}, {"ended", calls.ended.size()}});
  return calls;
}

}  // namespace carillon::roles

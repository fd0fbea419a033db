// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/unfinished_calls.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace carillon::roles {

namespace {

/// What one flush takes: far less than the journal keeps in memory.
constexpr std::size_t calls_per_commit = 1000;

}  // namespace

journal::Ended end_of(const journal::Writer::Unfinished& call) {
  journal::Ended ended{.call = call.call, .at = call.started_at, .status = journal::Status::failed, .broken = true};
  ended.decisions = "ended: signalling was restarted";
  if (!call.answered_at) return ended;
  ended.sip_code = 200;
  ended.at = std::max(*call.answered_at, call.alive_at.value_or(*call.answered_at));
  ended.duration = std::chrono::duration_cast<std::chrono::milliseconds>(ended.at - *call.answered_at);
  return ended;
}

Result<std::size_t> end_unfinished_calls(journal::Writer& journal) {
  const std::vector<journal::Writer::Unfinished> calls = journal.unfinished();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    CARILLON_CHECK(journal.append(end_of(calls[i])));
    if (i + 1 == calls.size() || (i + 1) % calls_per_commit == 0) CARILLON_CHECK(journal.commit());
  }
  if (!calls.empty()) log::error("signalling", "calls.unfinished", {{"count", calls.size()}, {"ended_as", "failed, broken"}});
  return calls.size();
}

}  // namespace carillon::roles

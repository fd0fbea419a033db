// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/unfinished_calls.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace carillon::roles {

namespace {

/// What one flush takes: far less than the journal keeps in memory.
constexpr std::size_t calls_per_commit = 1000;

}  // namespace

journal::Ended end_of(const journal::UnfinishedCall& call) {
  journal::Ended ended{.call = call.setup.call, .at = call.setup.started_at, .status = journal::Status::failed, .broken = true};
  ended.decisions = "ended: signalling was restarted";
  if (!call.answered) return ended;
  ended.sip_code = 200;
  ended.at = std::max(call.answered->at, call.alive_at.value_or(call.answered->at));
  ended.duration = std::chrono::duration_cast<std::chrono::milliseconds>(ended.at - call.answered->at);
  return ended;
}

Result<std::vector<journal::UnfinishedCall>> sort_unfinished_calls(journal::Writer& journal) {
  std::vector<journal::UnfinishedCall> calls = journal.unfinished();
  const auto first_lost = std::ranges::partition(calls, [](const auto& call) { return call.answered.has_value(); }).begin();
  const auto lost = static_cast<std::size_t>(calls.end() - first_lost);
  std::size_t written = 0;
  for (auto call = first_lost; call != calls.end(); ++call) {
    CARILLON_CHECK(journal.append(end_of(*call)));
    ++written;
    if (written == lost || written % calls_per_commit == 0) CARILLON_CHECK(journal.commit());
  }
  calls.erase(first_lost, calls.end());
  std::ranges::sort(calls, std::ranges::greater(), [](const auto& call) { return call.setup.started_at; });
  if (!calls.empty() || lost > 0) log::warning("signalling", "calls.unfinished", {{"answered", calls.size()}, {"ended", lost}});
  return calls;
}

}  // namespace carillon::roles

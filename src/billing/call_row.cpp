// SPDX-License-Identifier: GPL-3.0-or-later
// From journal records to a row, field by field.
#include "billing/call_row.hpp"

#include <utility>

#include "base/utf8.hpp"

namespace carillon::billing {
namespace {

// The journal keeps these as numbers of its own, which must mean the same.
static_assert(std::to_underlying(journal::Direction::inbound) == std::to_underlying(model::Direction::inbound));
static_assert(std::to_underlying(journal::LinkReason::onnet) == std::to_underlying(model::LinkReason::onnet));
static_assert(std::to_underlying(journal::Status::failed) == std::to_underlying(model::CallStatus::failed));

/// Those that were tried, without what of carriers is the brand's; or of carriers alone, with all there is.
model::Json attempts_of(const journal::Ended& ended, bool of_carriers) {
  std::vector<model::Attempt> attempts;
  for (const journal::Attempt& attempt : ended.attempts) {
    if (of_carriers && !attempt.is_carrier) continue;
    const bool is_told = of_carriers || !attempt.is_carrier;
    attempts.push_back({.target = clean_text(attempt.target, longest_peer_text),
                        .contact = is_told ? clean_text(attempt.contact, longest_peer_text) : std::string(),
                        .started_at = attempt.started_at,
                        .ended_at = attempt.ended_at,
                        .sip_code = attempt.sip_code});
  }
  return model::attempts_json(attempts);
}

}  // namespace

std::optional<model::Call> make_call(const journal::Setup& setup, const journal::Answered* answered,
                                     const journal::Ended& ended) {
  if (setup.brand == 0 || setup.customer == 0 || setup.started_at == Instant{} || ended.at == Instant{}) return std::nullopt;
  model::Call call;
  call.id = setup.call;
  call.brand = {setup.brand};
  call.customer = {setup.customer};
  call.call_id = clean_text(setup.sip_call_id, longest_peer_text);
  call.started_at = setup.started_at;
  call.ended_at = ended.at;
  call.direction = ended.is_outbound ? model::Direction::outbound : static_cast<model::Direction>(setup.direction);
  call.caller = clean_text(setup.caller, longest_peer_text);
  call.callee = clean_text(ended.callee.empty() ? setup.callee : ended.callee, longest_peer_text);
  call.caller_user = {setup.caller_user};
  call.linked_call = setup.linked_call;
  call.link_reason = static_cast<model::LinkReason>(setup.link_reason);
  if (answered != nullptr && !ended.unheard) {
    call.answered_at = answered->at;
    call.callee_user = {answered->callee_user};
    if (!answered->callee.empty()) call.callee = clean_text(answered->callee, longest_peer_text);
  }
  call.duration = std::max(ended.duration, model::Milliseconds(0));
  call.attempts = attempts_of(ended, false);
  call.carrier_attempts = attempts_of(ended, true);
  call.status = static_cast<model::CallStatus>(ended.status);
  call.sip_code = ended.sip_code;
  call.broken = ended.broken;
  call.decisions = clean_text(ended.decisions, journal::max_decision_log, true);
  return call;
}

}  // namespace carillon::billing

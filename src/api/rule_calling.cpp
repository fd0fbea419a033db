// SPDX-License-Identifier: GPL-3.0-or-later
// Who calls with which DDI and who may call what: whoever forces a number names it, and lists that every call goes through are
// bounded.
#include "api/rules.hpp"
#include "model/call_acl_rule.hpp"
#include "model/outgoing_ddi_rule_entry.hpp"

namespace carillon::api {

namespace {

constexpr std::int64_t lines_max = 200;

/// `reference` leads to what the new object is a line of.
Result<> check_room(Draft& draft, std::string_view reference, std::int64_t whole) {
  if (draft.before != nullptr) return {};
  CARILLON_TRY(count, store::count(draft.edit.database(), draft.edit.scope(), draft.object.resource(),
                                   {{std::string(reference), to_base32(whole)}}));
  if (count < lines_max) return {};
  const std::string name = json_name(*draft.object.resource().find(reference));
  draft.faults.push_back({name, fmt::format("has {} lines already", lines_max)});
  return {};
}

void check_forced(Draft& draft, model::DdiPolicy policy, Id<model::Ddi> ddi) {
  if (policy == model::DdiPolicy::force && !ddi) draft.faults.push_back({"ddi", "is required where one is forced"});
}

}  // namespace

Result<> rule_call_acl_rule(Draft& draft) {
  return check_room(draft, "call_acl", draft.object.as<model::CallAclRule>().call_acl.value);
}

Result<> rule_outgoing_ddi_rule(Draft& draft) {
  const auto& rule = draft.object.as<model::OutgoingDdiRule>();
  check_forced(draft, rule.policy, rule.ddi);
  return {};
}

Result<> rule_outgoing_ddi_rule_entry(Draft& draft) {
  const auto& entry = draft.object.as<model::OutgoingDdiRuleEntry>();
  check_forced(draft, entry.policy, entry.ddi);
  return check_room(draft, "outgoing_ddi_rule", entry.outgoing_ddi_rule.value);
}

}  // namespace carillon::api

// SPDX-License-Identifier: GPL-3.0-or-later
// One line of an outgoing DDI rule: calls to the numbers of a match list.
#pragma once

#include "model/outgoing_ddi_rule.hpp"

namespace carillon::model {

struct OutgoingDdiRuleEntry {
  RESOURCE(OutgoingDdiRuleEntry, outgoing_ddi_rule_entries)
  FIELD(Id<OutgoingDdiRuleEntry>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Id<OutgoingDdiRule>, outgoing_ddi_rule, .required = true, .fixed = true, .part = true)
  FIELD(Integer, priority, .min = 0, .max = 9999, .initial = 1)  // Smaller first.
  FIELD(Id<MatchList>, match_list, .required = true)
  FIELD(DdiPolicy, policy)
  FIELD(Id<Ddi>, ddi)  // Where it forces one.
};

}  // namespace carillon::model

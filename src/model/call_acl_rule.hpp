// SPDX-License-Identifier: GPL-3.0-or-later
// One line of a call ACL: the numbers of a match list are allowed or denied.
#pragma once

#include "model/call_acl.hpp"

namespace carillon::model {

struct CallAclRule {
  RESOURCE(CallAclRule, call_acl_rules)
  FIELD(Id<CallAclRule>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Id<CallAcl>, call_acl, .required = true, .fixed = true, .part = true)
  FIELD(Integer, priority, .min = 0, .max = 9999, .initial = 1)  // Smaller first.
  FIELD(Id<MatchList>, match_list, .required = true)
  FIELD(AclPolicy, policy)
};

}  // namespace carillon::model

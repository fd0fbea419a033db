// SPDX-License-Identifier: GPL-3.0-or-later
// A device, or a few that share one account: what registers and proves itself with SIP digest.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

/// HA1 is MD5 or SHA-256 of name:realm:password in lower-case hex. The realm is always the name of `domain`, whatever host the
/// request was sent to: whoever reaches the platform by its IP address is challenged with the customer's domain all the same.
struct Terminal {
  RESOURCE(Terminal, terminals)
  FIELD(Id<Terminal>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Id<Domain>, domain, .required = true)
  FIELD(Text, name, .form = Form::name, .required = true, .max = 64)  // The SIP user; unique in the customer.
  FIELD(Secret, ha1_md5, .required = true)
  FIELD(Secret, ha1_sha256, .required = true)
  FIELD(Integer, max_contacts, .min = 1, .max = 10, .initial = 10)
};

}  // namespace carillon::model

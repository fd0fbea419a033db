// SPDX-License-Identifier: GPL-3.0-or-later
// A device, or a few that share one account: what registers and proves itself with SIP digest.
#pragma once

#include "model/contact_policy.hpp"
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
  FIELD(Text, name, .form = Form::name, .unique = Unique::customer, .required = true, .title = true, .max = 64)  // The SIP user.
  FIELD(Secret, password, .transient = true, .min = 12, .max = 128)  // Without one a strong one is made and shown once.
  FIELD(Secret, ha1_md5, .required = true, .read_only = true)
  FIELD(Secret, ha1_sha256, .required = true, .read_only = true)
  FIELD(Integer, max_contacts, .inherits = "domain.max_contacts", .min = 1, .max = 10)
  FIELD(ContactLimit, contact_limit, .inherits = "domain.contact_limit")
  FIELD(Forking, forking, .inherits = "domain.forking")
  FIELD(Integer, fork_seconds, .inherits = "domain.fork_seconds", .min = 5, .max = 180)  // Serial: how long each q rings.
  FIELD(ConnectedIdentity, connected_identity, .inherits = "domain.connected_identity")
  FIELD(Text, static_contact, .max = 200)  // sip:USER@IP-ADDRESS[:PORT]: reached by UDP without a registration.
};

}  // namespace carillon::model

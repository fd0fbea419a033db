// SPDX-License-Identifier: GPL-3.0-or-later
// A SIP domain: what stands behind the @ and names the customer, or the brand in whose domain all its retail accounts live. Also
// the realm of their digest credentials.
#pragma once

#include "model/contact_policy.hpp"
#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct Domain {
  RESOURCE(Domain, domains)
  static constexpr Access access{.is_lent = true};
  FIELD(Id<Domain>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .read_only = true)  // None: the brand's.
  FIELD(Text, name, .form = Form::domain, .unique = Unique::platform, .required = true, .title = true, .max = 190)
  FIELD(Text, description, .max = 190)
  // What its telephones do that say nothing else themselves.
  FIELD(Integer, max_contacts, .required = true, .min = 1, .max = 10, .initial = 10)
  FIELD(ContactLimit, contact_limit, .required = true, .initial = static_cast<std::int64_t>(ContactLimit::replace_unreachable))
  FIELD(Forking, forking, .required = true, .initial = static_cast<std::int64_t>(Forking::parallel))
  FIELD(Integer, fork_seconds, .required = true, .min = 5, .max = 180, .initial = 20)
  FIELD(ConnectedIdentity, connected_identity, .required = true, .initial = static_cast<std::int64_t>(ConnectedIdentity::update))
  FIELD(MediaEncryption, media_encryption, .required = true, .initial = static_cast<std::int64_t>(MediaEncryption::none))
};

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// An account at a carrier under which the platform registers, so that the carrier knows where to bring its calls.
#pragma once

#include "model/carrier_server.hpp"
#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

struct CarrierRegistration {
  RESOURCE(CarrierRegistration, carrier_registrations)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<CarrierRegistration>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Carrier>, carrier, .required = true, .fixed = true, .part = true)
  FIELD(Text, username, .form = Form::name, .required = true, .title = true, .max = 128)  // What is registered: username@domain.
  FIELD(Text, domain, .required = true, .max = 190)                                       // A name or an address.
  FIELD(Text, host, .max = 190)       // The registrar, likewise; empty: the domain.
  FIELD(Integer, port, .max = 65535)  // 0: the DNS says, or 5060 and 5061.
  FIELD(ServerTransport, transport)
  FIELD(Text, outbound_proxy, .max = 200)  // HOST[:PORT] through which it is reached.
  FIELD(Text, contact_user, .form = Form::name, .unique = Unique::platform, .max = 64)  // Calls come to it; empty: one is made.
  FIELD(Text, auth_username, .form = Form::name, .max = 128)  // In answers to challenges; empty: the username.
  FIELD(Text, realm, .max = 190)                              // Challenges of this one alone are answered (reliability T-05).
  FIELD(Secret, password, .transient = true, .max = 128)
  FIELD(Secret, ha1_md5, .read_only = true)
  FIELD(Secret, ha1_sha256, .read_only = true)
  FIELD(Integer, expires, .min = 60, .max = 7200, .initial = 3600)  // Seconds that are asked for.
  FIELD(Boolean, active, .initial = true)

  /// The name that the password belongs to.
  const Text& login() const { return auth_username.empty() ? username : auth_username; }
  const Text& registrar() const { return host.empty() ? domain : host; }
};

}  // namespace carillon::model

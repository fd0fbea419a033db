// SPDX-License-Identifier: GPL-3.0-or-later
// A SIP server of a carrier: where calls to it go, how they are written there, and from where its calls come.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class ServerScheme : std::uint8_t { sip, sips };
inline constexpr std::string_view server_scheme_names[] = {"sip", "sips"};
constexpr std::span<const std::string_view> choices(ServerScheme) {
  return server_scheme_names;
}

enum class ServerTransport : std::uint8_t {
  any,  ///< The DNS says (RFC 3263); UDP for an address.
  udp,
  tcp,
  tls
};
inline constexpr std::string_view server_transport_names[] = {"any", "udp", "tcp", "tls"};
constexpr std::span<const std::string_view> choices(ServerTransport) {
  return server_transport_names;
}

struct CarrierServer {
  RESOURCE(CarrierServer, carrier_servers)
  static constexpr Access access{.read = Role::brand, .write = Role::brand};
  FIELD(Id<CarrierServer>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Carrier>, carrier, .required = true, .part = true)
  FIELD(Text, host, .required = true, .title = true, .max = 190)  // An address or a name.
  FIELD(Integer, port, .max = 65535)                              // 0: the DNS says, or 5060 and 5061.
  FIELD(ServerScheme, scheme)
  FIELD(ServerTransport, transport)
  FIELD(Text, outbound_proxy, .max = 200)                     // HOST[:PORT] through which the server is reached.
  FIELD(Integer, priority, .min = 0, .max = 100)              // Smaller first.
  FIELD(Integer, weight, .min = 1, .max = 127, .initial = 1)  // Its share among those of the same priority.
  FIELD(Boolean, active, .initial = true)
  FIELD(Boolean, probe)                                  // Asked by OPTIONS whether it is there.
  FIELD(Boolean, source, .initial = true)                // Calls from its address and port are the carrier's.
  FIELD(Text, username, .form = Form::name, .max = 128)  // Its answer to challenges:
  FIELD(Text, realm, .max = 190)                         // of this realm alone (reliability T-05),
  FIELD(Secret, password, .transient = true, .max = 128)
  FIELD(Secret, ha1_md5, .read_only = true)
  FIELD(Secret, ha1_sha256, .read_only = true)
  FIELD(Boolean, send_pai, .initial = true)              // P-Asserted-Identity (RFC 3325).
  FIELD(Boolean, send_rpid)                              // Remote-Party-ID.
  FIELD(Integer, strip, .max = 20)                       // Digits that are taken off the called number, in E.164 without +,
  FIELD(Text, prefix, .form = Form::dialled, .max = 20)  // and what is put in their place, before the transformation.
  FIELD(Text, uri_parameters, .max = 128)                // Of the Request-URI: "user=phone".
  FIELD(Text, from_user, .form = Form::name, .max = 64)  // Empty: the caller's number.
  FIELD(Boolean, from_login)                             // The login that answers challenges stands in its place.
  FIELD(Text, from_domain, .form = Form::domain, .max = 190)
  FIELD(Boolean, user_phone)  // Numbers in Request-URI, From, To and identities have user=phone.
};

}  // namespace carillon::model

// SPDX-License-Identifier: GPL-3.0-or-later
// A SIP account: a telephone, or a whole PBX behind one, with its digest credentials.
#pragma once

#include "model/contact_policy.hpp"
#include "model/entities.hpp"
#include "model/field.hpp"
#include "model/redirecting.hpp"
#include "model/target.hpp"

namespace carillon::model {

enum class TerminalKind : std::uint8_t {
  telephone,  ///< One device, or several that ring together.
  pbx         ///< A PBX with numbers of its own behind it: who calls is in From, who is called in the Request-URI.
};
inline constexpr std::string_view terminal_kind_names[] = {"telephone", "pbx"};
constexpr std::span<const std::string_view> choices(TerminalKind) {
  return terminal_kind_names;
}

/// Where a terminal says with which number it calls.
enum class CliSource : std::uint8_t { from, p_asserted_identity, p_preferred_identity, remote_party_id };
inline constexpr std::string_view cli_source_names[] = {"from", "p_asserted_identity", "p_preferred_identity", "remote_party_id"};
constexpr std::span<const std::string_view> choices(CliSource) {
  return cli_source_names;
}

/// What happens when that number is not the terminal's.
enum class CliPolicy : std::uint8_t {
  replace,   ///< The call is made with the terminal's outgoing DDI.
  withhold,  ///< So it is, but whoever is called does not see it.
  refuse     ///< There is no call.
};
inline constexpr std::string_view cli_policy_names[] = {"replace", "withhold", "refuse"};
constexpr std::span<const std::string_view> choices(CliPolicy) {
  return cli_policy_names;
}

/// Whom a PBX is asked for, in the Request-URI.
enum class RequestUser : std::uint8_t {
  dialled,               ///< The number that was called, as its transformations write it.
  dialled_then_contact,  ///< When it has not got that (404), the user of its Contact.
  contact                ///< The user of its Contact.
};
inline constexpr std::string_view request_user_names[] = {"dialled", "dialled_then_contact", "contact"};
constexpr std::span<const std::string_view> choices(RequestUser) {
  return request_user_names;
}

/// HA1 is MD5 or SHA-256 of name:realm:password in lower-case hex. The realm is always the name of `domain`, whatever host the
/// request was sent to: whoever reaches the platform by its IP address is challenged with the customer's domain all the same.
struct Terminal {
  RESOURCE(Terminal, terminals)
  static constexpr TargetKind target_kind = TargetKind::terminal;
  FIELD(Id<Terminal>, id, .read_only = true)  // Also the id of its row in `targets`.
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Id<Domain>, domain, .required = true)
  FIELD(Text, name, .form = Form::name, .unique = Unique::customer, .required = true, .title = true, .max = 64)  // The SIP user.
  FIELD(TerminalKind, kind)
  FIELD(Secret, password, .transient = true, .min = 12, .max = 128)  // Without one a strong one is made and shown once.
  FIELD(Secret, ha1_md5, .required = true, .read_only = true)
  FIELD(Secret, ha1_sha256, .required = true, .read_only = true)
  FIELD(Integer, max_contacts, .inherits = "domain.max_contacts", .min = 1, .max = 10)
  FIELD(ContactLimit, contact_limit, .inherits = "domain.contact_limit")
  FIELD(Forking, forking, .inherits = "domain.forking")
  FIELD(Integer, fork_seconds, .inherits = "domain.fork_seconds", .min = 5, .max = 180)  // Serial: how long each q rings.
  FIELD(ConnectedIdentity, connected_identity, .inherits = "domain.connected_identity")
  FIELD(MediaEncryption, media_encryption, .inherits = "domain.media_encryption")
  FIELD(Text, static_contact, .max = 200)               // sip:USER@IP-ADDRESS[:PORT]: reached by UDP without a registration.
  FIELD(Integer, max_calls, .max = 10'000)              // At a time, made and taken; 0: as many as there are.
  FIELD(Integer, max_calls_per_minute, .max = 100'000)  // To numbers outside; 0: no limit.
  // Calls to the world of a telephone that is nobody's and of a PBX; a user's are made as the user says.
  FIELD(Id<Ddi>, outgoing_ddi)  // With which number, when it says none of its own; none: the customer's.
  FIELD(Id<CallAcl>, call_acl)  // None: it may call whatever the customer may.
  FIELD(CliSource, cli_source)
  FIELD(CliPolicy, cli_policy)
  FIELD(Id<MatchList>, allowed_numbers, .write = Role::brand)  // Of others, that it may call with: a list of the brand's.
  FIELD(Text, from_domain, .form = Form::domain, .max = 190)   // Of From in calls to it; empty: its customer's domain.
  // Of a PBX:
  FIELD(Id<TransformationSet>, transformation_set,
        .write = Role::brand)  // How it dials and reads numbers; none: as the customer.
  FIELD(RequestUser, request_user)
  FIELD(Integer, priority, .min = 1, .max = 1000,
        .initial = 1)                                    // Of several that have a number behind them the smallest is called.
  FIELD(Redirecting, diversion)                          // Who forwarded a call to it, in Diversion (RFC 5806),
  FIELD(Redirecting, history_info)                       // and in History-Info (RFC 7044).
  FIELD(Boolean, forwards_caller, .write = Role::brand)  // What it forwards may show who called it, whatever number that is.
  FIELD(Boolean, user_phone)                             // Numbers in calls to it have user=phone (RFC 3261 §19.1.1).
};

}  // namespace carillon::model

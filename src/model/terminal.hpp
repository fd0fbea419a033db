// SPDX-License-Identifier: GPL-3.0-or-later
// A device, or a few that share one account: what registers and proves itself with SIP digest.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

/// A device registers although the account has as many contacts as it may.
enum class ContactLimit : std::uint8_t {
  reject,              ///< It is refused with 503.
  replace,             ///< The contact that would expire first makes room.
  replace_unreachable  ///< One that did not answer its last call makes room, else as before.
};
inline constexpr std::string_view contact_limit_names[] = {"reject", "replace", "replace_unreachable"};
constexpr std::span<const std::string_view> choices(ContactLimit) {
  return contact_limit_names;
}

/// How several contacts ring.
enum class Forking : std::uint8_t {
  parallel,  ///< All at once.
  serial     ///< By falling q, those of the same q at once (RFC 3261 §16.6).
};
inline constexpr std::string_view forking_names[] = {"parallel", "serial"};
constexpr std::span<const std::string_view> choices(Forking) {
  return forking_names;
}

/// How a telephone is told during a call that somebody else is at the other end (RFC 4916; the name is in P-Asserted-Identity).
enum class ConnectedIdentity : std::uint8_t {
  update,    ///< By UPDATE if its Allow lists that, else by re-INVITE.
  reinvite,  ///< By re-INVITE: some change their display by nothing else.
  none       ///< Not at all, unless there is an offer to make anyway: for those that are confused by it.
};
inline constexpr std::string_view connected_identity_names[] = {"update", "reinvite", "none"};
constexpr std::span<const std::string_view> choices(ConnectedIdentity) {
  return connected_identity_names;
}

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
  FIELD(Integer, max_contacts, .min = 1, .max = 10, .initial = 10)
  FIELD(ContactLimit, contact_limit, .initial = static_cast<std::int64_t>(ContactLimit::replace_unreachable))
  FIELD(Forking, forking)
  FIELD(Integer, fork_seconds, .min = 5, .max = 180, .initial = 20)  // Serial: how long each q rings.
  FIELD(ConnectedIdentity, connected_identity)
  FIELD(Text, static_contact, .max = 200)  // sip:USER@IP-ADDRESS[:PORT]: reached by UDP without a registration.
};

}  // namespace carillon::model

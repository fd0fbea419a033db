// SPDX-License-Identifier: GPL-3.0-or-later
// What a domain says of all its telephones, and one of them for itself: how many devices an account has, how they ring, are told
// and encrypt what is said.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace carillon::model {

/// A device registers although the account has as many contacts as it may.
enum class ContactLimit : std::uint8_t {
  inherited,           ///< As the domain says.
  reject,              ///< It is refused with 503.
  replace,             ///< The contact that would expire first makes room.
  replace_unreachable  ///< One that did not answer its last call makes room, else as before.
};
inline constexpr std::string_view contact_limit_names[] = {"", "reject", "replace", "replace_unreachable"};
constexpr std::span<const std::string_view> choices(ContactLimit) {
  return contact_limit_names;
}

/// How several contacts ring.
enum class Forking : std::uint8_t {
  inherited,  ///< As the domain says.
  parallel,   ///< All at once.
  serial      ///< By falling q, those of the same q at once (RFC 3261 §16.6).
};
inline constexpr std::string_view forking_names[] = {"", "parallel", "serial"};
constexpr std::span<const std::string_view> choices(Forking) {
  return forking_names;
}

/// How a telephone is told during a call that somebody else is at the other end (RFC 4916; the name is in P-Asserted-Identity).
enum class ConnectedIdentity : std::uint8_t {
  inherited,  ///< As the domain says.
  update,     ///< By UPDATE if its Allow lists that, else by re-INVITE.
  reinvite,   ///< By re-INVITE: some change their display by nothing else.
  none        ///< Not at all, unless there is an offer to make anyway: for those that are confused by it.
};
inline constexpr std::string_view connected_identity_names[] = {"", "update", "reinvite", "none"};
constexpr std::span<const std::string_view> choices(ConnectedIdentity) {
  return connected_identity_names;
}

/// Whether media is SRTP with the keys in the description (RFC 4568) when a telephone is called. One that calls says so itself,
/// and gets what it offers.
enum class MediaEncryption : std::uint8_t {
  inherited,  ///< As the domain says.
  none,       ///< It is offered plain RTP.
  optional,   ///< It is offered plain RTP with keys, and may take them (RFC 8643).
  required    ///< No call without, in both directions, but for help.
};
inline constexpr std::string_view media_encryption_names[] = {"", "none", "optional", "required"};
constexpr std::span<const std::string_view> choices(MediaEncryption) {
  return media_encryption_names;
}

}  // namespace carillon::model

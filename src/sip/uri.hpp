// SPDX-License-Identifier: GPL-3.0-or-later
// URIs and addresses as they stand in a message: parsed in place into views, compared as RFC 3261 §19.1.4 wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/fault.hpp"
#include "sip/params.hpp"

namespace carillon::sip {

enum class Scheme : std::uint8_t { other, sip, sips, tel };

/// Longer URIs are refused.
inline constexpr std::size_t max_uri_bytes = 2048;

/// A URI split into its parts, all of them views into the text it was parsed from and still escaped as they were written.
struct Uri {
  std::string_view text;  ///< The whole URI.
  Scheme scheme = Scheme::other;
  bool has_user = false;   ///< Tells "sip:@host" (refused) and "sip:host" from a present user.
  std::uint16_t port = 0;  ///< 0 = not given.
  std::string_view user;   ///< For tel: the number. Never holds '@' or a separator unescaped.
  std::string_view password;
  std::string_view host;     ///< IPv6 in brackets, as written; empty for tel and other schemes.
  Params params;             ///< ";transport=tcp;lr".
  std::string_view headers;  ///< Behind '?', without it.

  static Result<Uri> parse(std::string_view text);

  bool is_sip() const { return scheme == Scheme::sip || scheme == Scheme::sips; }
  /// "host:port" or "host", as written.
  std::string_view host_port() const;
};

/// RFC 3261 §19.1.4: the order of parameters, the case of all but user and password, and needless escapes do not matter.
bool equivalent(const Uri& a, const Uri& b);

/// Same scheme, user, host and port (case and escapes as above), whatever the parameters: the same account.
bool same_account(const Uri& a, const Uri& b);

/// The length of the host at the front of `text` (a name, an IPv4 address, IPv6 in brackets); 0 when there is none.
std::size_t host_length(std::string_view text);

/// Replaces %41 by A. A '%' without two hex digits stays.
std::string unescape(std::string_view text);

/// The value of a header in `Uri::headers` ("Replaces=…&Subject=…"), unescaped; nothing when it is not there.
std::optional<std::string> uri_header(std::string_view headers, std::string_view name);

/// What is dialled by a URI: its user part unescaped, or a URN that asks for help (RFC 5031), of which no more is kept than it
/// takes to tell.
std::string dialled_by(const Uri& uri);

/// The parameter of a URI whose user part is a number (RFC 3261 §19.1.1).
inline constexpr std::string_view user_phone = ";user=phone";

/// Escapes what may not stand in the user part of a URI.
std::string escape_user(std::string_view text);

/// An address of a header such as From, Route or Refer-To: a display name, a URI, parameters of the header.
struct NameAddr {
  std::string_view display;  ///< Without its quotes, escapes inside left as they are.
  Uri uri;
  Params params;  ///< Those of the header: `<sip:a@b;of-uri>;of-header`. Without brackets all belong to the header (§20.10).

  /// Takes one address (no comma list).
  static Result<NameAddr> parse(std::string_view text);

  std::string_view tag() const { return params.find("tag").value_or(std::string_view()); }
  /// The display name with its backslash escapes removed.
  std::string display_text() const;
};

}  // namespace carillon::sip

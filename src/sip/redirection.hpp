// SPDX-License-Identifier: GPL-3.0-or-later
// Who sent a call on, as Diversion (RFC 5806) and History-Info (RFC 7044) say; RFC 7544 says which words of both mean the same.
#pragma once

#include <string>
#include <string_view>

#include "sip/message.hpp"

namespace carillon::sip {

/// A call that was sent on oftener goes in a circle.
inline constexpr unsigned redirections_max = 10;

struct Redirection {
  std::string user;                      ///< Of whoever did it last, unescaped; empty: nobody who can be named.
  std::string reason = "unconditional";  ///< A word of RFC 5806 §4.
  unsigned count = 0;                    ///< How often the call was sent on, 100 at most; 0: never.
  bool is_private = false;               ///< Whoever did it does not want to be known.
};

/// Diversion, else History-Info. What cannot be read says nothing.
Redirection read_redirection(const Message& invite);

/// Both write `address`, the SIP URI of whoever sent the call on, without brackets.
std::string write_diversion(const Redirection& redirection, std::string_view address);
/// As one value: whoever sent it on, and `target`, the URI to which.
std::string write_history(const Redirection& redirection, std::string_view address, std::string_view target);

}  // namespace carillon::sip

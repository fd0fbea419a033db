// SPDX-License-Identifier: GPL-3.0-or-later
// In which ways others can fail us.
#pragma once

#include "base/result.hpp"

namespace carillon::outbound {

enum class Fault {
  bad_url,          ///< No URL of ours: another scheme, credentials in it, not well-formed.
  bad_request,      ///< A header, method or size that is not sent.
  refused_address,  ///< It leads to an address that is not public.
  unreachable,      ///< The name does not resolve, or nobody accepts the connection.
  too_slow,         ///< A limit of time was reached.
  too_large,        ///< The answer was longer than wanted.
  untrusted,        ///< The certificate is not that of the host, or TLS failed otherwise.
  broken,           ///< The other side does not keep to its protocol, or the connection broke.
  stopped,          ///< We stop.
  bad_mail,         ///< Mail that cannot be written: an address that is none, or too much.
  rejected,         ///< The mail server said no for good.
  deferred          ///< The mail server said: not now.
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"outbound.bad_url",     "outbound.bad_request", "outbound.refused_address",
                                        "outbound.unreachable", "outbound.too_slow",    "outbound.too_large",
                                        "outbound.untrusted",   "outbound.broken",      "outbound.stopped",
                                        "outbound.bad_mail",    "outbound.rejected",    "outbound.deferred"};
  return names[static_cast<std::size_t>(fault)];
}

}  // namespace carillon::outbound

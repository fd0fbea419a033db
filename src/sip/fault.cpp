// SPDX-License-Identifier: GPL-3.0-or-later
// Which failures deserve an answer, and with which status.
#include "sip/fault.hpp"

namespace carillon::sip {

int status_for(const Error& error) {
  if (!error.code.starts_with("sip.")) return 0;
  // A response is never answered, and what is not SIP is not told so: scanners learn nothing.
  if (error.is(Fault::not_sip) || error.is(Fault::bad_status_line)) return 0;
  if (error.is(Fault::bad_version)) return 505;
  if (error.is(Fault::body_too_large)) return 413;
  if (error.is(Fault::header_too_large) || error.is(Fault::too_many_headers)) return 513;
  return 400;
}

}  // namespace carillon::sip

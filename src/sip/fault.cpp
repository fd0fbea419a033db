// SPDX-License-Identifier: GPL-3.0-or-later
// Which failures deserve an answer, and with which status.
#include "sip/fault.hpp"

namespace carillon::sip {

namespace {

int status_of(Fault fault) {
  switch (fault) {
    // A response is never answered, and what is not SIP is not told so: scanners learn nothing.
    case Fault::not_sip:
    case Fault::bad_status_line:
      return 0;
    case Fault::bad_version:
      return 505;
    case Fault::body_too_large:
      return 413;
    case Fault::header_too_large:
    case Fault::too_many_headers:
      return 513;
    default:
      return 400;
  }
}

}  // namespace

int status_for(const Error& error) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(Fault::bad_challenge); ++i) {
    if (error.is(static_cast<Fault>(i))) return status_of(static_cast<Fault>(i));
  }
  return 0;
}

}  // namespace carillon::sip

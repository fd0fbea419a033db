// SPDX-License-Identifier: GPL-3.0-or-later
// What can be wrong with a SIP message, and what the sender is told about it: one list for the parser, the stream framing, the
// header values and the digest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace carillon::sip {

enum class Fault : std::uint8_t {
  not_sip,             ///< The first line is neither a request line nor a status line; also an empty datagram (keep-alive).
  bad_request_line,    ///< Looks like a request, but blanks, method or end of the line are wrong.
  bad_status_line,     ///< Looks like a response, but the status is not three digits between 100 and 699.
  bad_version,         ///< A version other than SIP/2.0.
  truncated,           ///< No empty line ends the header part.
  header_too_large,    ///< The header part exceeds its limit.
  too_many_headers,    ///< More header lines than the index holds.
  body_too_large,      ///< Content-Length or body exceeds the limit.
  body_too_short,      ///< Content-Length announces more than the datagram holds.
  bad_header,          ///< A header line without a colon, a name that is not a token, a bare CR, LF or control byte.
  missing_header,      ///< A mandatory header is absent.
  duplicate_header,    ///< A header that may stand only once stands twice.
  bad_content_length,  ///< Not a number.
  no_content_length,   ///< Absent on a stream, where it is mandatory.
  bad_via,
  bad_address,  ///< From, To, Contact, Route or another name-addr.
  bad_call_id,
  bad_cseq,  ///< Not a number below 2^31 and a method.
  method_mismatch,
  bad_max_forwards,
  bad_uri,
  bad_value,      ///< Any other header value.
  bad_challenge,  ///< A challenge or credentials that cannot be read or used.
};

constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {
      "sip.not_sip",          "sip.bad_request_line", "sip.bad_status_line",    "sip.bad_version",       "sip.truncated",
      "sip.header_too_large", "sip.too_many_headers", "sip.body_too_large",     "sip.body_too_short",    "sip.bad_header",
      "sip.missing_header",   "sip.duplicate_header", "sip.bad_content_length", "sip.no_content_length", "sip.bad_via",
      "sip.bad_address",      "sip.bad_call_id",      "sip.bad_cseq",           "sip.method_mismatch",   "sip.bad_max_forwards",
      "sip.bad_uri",          "sip.bad_value",        "sip.bad_challenge"};
  return names[static_cast<std::size_t>(fault)];
}

/// The status that tells a requester about a Fault (400, 413, 505, 513); 0 when it deserves no answer, and for errors of other
/// kinds.
int status_for(const Error& error);

}  // namespace carillon::sip

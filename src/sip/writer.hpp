// SPDX-License-Identifier: GPL-3.0-or-later
// Writes messages into a buffer that the caller owns and reuses. Whatever text comes in, no CR, LF or NUL of it reaches the wire
// outside the body (NUL only as a quoted-pair), so no header can be smuggled through a value.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "sip/header_id.hpp"
#include "sip/message.hpp"
#include "sip/method.hpp"

namespace carillon::sip {

/// Appends to `out`; the caller calls, in order: a start line, headers, then body() or end().
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void request_line(std::string_view method, std::string_view uri);
  void request_line(Method method, std::string_view uri) { request_line(method_name(method), uri); }
  void status_line(int status, std::string_view reason);

  void header(HeaderId id, std::string_view value);
  void header(HeaderId id, std::uint64_t number);
  /// The value in parts, without joining them first: `header(HeaderId::contact, {"<", uri, ">;expires=60"})`.
  void header(HeaderId id, std::initializer_list<std::string_view> parts);
  /// A header outside the table. The name must be a token (CARILLON_ENSURE).
  void header(std::string_view name, std::string_view value);

  /// "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK…". `branch` includes the cookie.
  void via(std::string_view transport, std::string_view sent_by, std::string_view branch);
  void cseq(std::uint32_t number, Method method);
  void cseq(std::uint32_t number, std::string_view method);
  /// `"Display" <uri>;tag=…`; display is quoted and escaped as needed; it and the tag may be empty.
  void address(HeaderId id, std::string_view display, std::string_view uri, std::string_view tag = {});

  /// All lines of that header, in order, as the message has them; of a header with a single value, the first.
  void copy(const Message& message, HeaderId id);

  /// Content-Type, Content-Length, the empty line and the body.
  void body(std::string_view content_type, std::string_view bytes);
  /// Content-Length: 0 and the empty line.
  void end();

  // The pieces of a header, for values that are put together on the way: begin(), any of text() and number(), end_line().
  void begin(HeaderId id);
  void text(std::string_view text);  ///< Folds and stray control bytes become blanks.
  void number(std::uint64_t value);
  void end_line() { out_ += "\r\n"; }

  std::string& out() { return out_; }

 private:
  std::string& out_;
};

/// How a request is answered, and where it came from.
struct ResponseHead {
  int status = 500;
  std::string_view reason;  ///< Empty: the usual phrase.
  std::string_view to_tag;  ///< Added unless the request's To has one; empty for 100.
  std::string_view
      source_host;  ///< Numeric, without brackets: becomes `received` when it differs from sent-by (RFC 3261 §18.2.1).
  std::uint16_t source_port = 0;  ///< Becomes the value of `rport` if the request asked for it (RFC 3581 §4).
};

/// Writes the status line, Via, From, To, Call-ID and CSeq of a response (RFC 3261 §8.2.6.2), Timestamp for 100, as far as the
/// request has them. Works on what Message::for_refusal() returns.
void write_response_head(Writer& writer, const Message& request, const ResponseHead& head);

}  // namespace carillon::sip

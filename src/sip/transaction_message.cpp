// SPDX-License-Identifier: GPL-3.0-or-later
// Both go where the INVITE went, with its Via, so that every hop finds the transaction.
#include "sip/transaction_message.hpp"

#include "sip/writer.hpp"

namespace carillon::sip {
namespace {

/// All that both have in common with the INVITE; `to` lends its To.
void begin(Writer& writer, Method method, const Message& invite, const Message& to) {
  writer.request_line(method, invite.request_uri_text());
  writer.copy(invite, HeaderId::via);
  writer.header(HeaderId::max_forwards, 70);
  writer.copy(invite, HeaderId::route);
  writer.copy(invite, HeaderId::from);
  writer.copy(to, HeaderId::to);
  writer.copy(invite, HeaderId::call_id);
  writer.cseq(invite.cseq_number(), method);
  writer.copy(invite, HeaderId::session_id);
}

}  // namespace

std::string make_failure_ack(const Message& invite, const Message& response) {
  std::string bytes;
  Writer writer(bytes);
  begin(writer, Method::ack, invite, response);
  // RFC 3261 §22.1: the ACK repeats the INVITE's credentials.
  writer.copy(invite, HeaderId::authorization);
  writer.copy(invite, HeaderId::proxy_authorization);
  writer.end();
  return bytes;
}

std::string make_cancel(const Message& invite, std::string_view reason) {
  std::string bytes;
  Writer writer(bytes);
  begin(writer, Method::cancel, invite, invite);
  if (!reason.empty()) writer.header(HeaderId::reason, reason);
  writer.end();
  return bytes;
}

}  // namespace carillon::sip

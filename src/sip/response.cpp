// SPDX-License-Identifier: GPL-3.0-or-later
// The part of a response that mirrors its request (RFC 3261 §8.2.6.2, §18.2.1; RFC 3581 §4).
#include "sip/scan.hpp"
#include "sip/status.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {
namespace {

/// Host names compare as text; an IPv6 source stands without brackets, in Via with them.
bool is_source(std::string_view sent_by_host, std::string_view source) {
  if (sent_by_host.starts_with('[') && sent_by_host.ends_with(']'))
    sent_by_host = sent_by_host.substr(1, sent_by_host.size() - 2);
  return same_ignoring_case(sent_by_host, source);
}

/// The top Via with what the server adds: `received` and the value of `rport`. Those that the client wrote itself are dropped.
void write_top_via(Writer& writer, const Via& via, std::string_view line_rest, const ResponseHead& head) {
  writer.begin(HeaderId::via);
  for (std::string_view part : {std::string_view("SIP/2.0/"), via.transport, std::string_view(" "), via.sent_by})
    writer.text(part);
  for (const Param& param : via.params) {
    if (same_ignoring_case(param.name, "received") || same_ignoring_case(param.name, "rport")) continue;
    writer.text(";");
    writer.text(param.raw);
  }
  // RFC 3581 §4: with rport, `received` is added even when it equals sent-by.
  if (via.has_rport || !is_source(via.host, head.source_host)) {
    writer.text(";received=");
    writer.text(head.source_host);
  }
  if (via.has_rport) {
    writer.text(";rport=");
    writer.number(head.source_port);
  }
  writer.text(line_rest);
  writer.end_line();
}

void write_vias(Writer& writer, const Message& request, const ResponseHead& head) {
  bool top = !head.source_host.empty();
  for (std::size_t i = 0; i < request.header_count(); ++i) {
    const Header line = request.header(i);
    if (line.id != HeaderId::via) continue;
    std::string_view rest = line.value;
    const auto via = top ? Via::take(rest) : failure(Fault::bad_via);
    if (via) {
      write_top_via(writer, *via, rest, head);
    } else {
      writer.header(HeaderId::via, line.value);
    }
    top = false;
  }
}

void write_to(Writer& writer, const Message& request, std::string_view tag) {
  const auto value = request.first(HeaderId::to);
  if (!value) return;
  const auto to = NameAddr::parse(*value);
  if (tag.empty() || !to || to->params.has("tag")) {
    writer.header(HeaderId::to, *value);
  } else {
    writer.header(HeaderId::to, {*value, ";tag=", tag});
  }
}

}  // namespace

void write_response_head(Writer& writer, const Message& request, const ResponseHead& head) {
  writer.status_line(head.status, head.reason.empty() ? reason_phrase(head.status) : head.reason);
  write_vias(writer, request, head);
  writer.copy(request, HeaderId::from);
  write_to(writer, request, head.to_tag);
  writer.copy(request, HeaderId::call_id);
  writer.copy(request, HeaderId::cseq);
  if (head.status == 100) writer.copy(request, HeaderId::timestamp);
}

}  // namespace carillon::sip

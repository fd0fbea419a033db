// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a SIP message: every accessor works on what parse() accepts, written again it is the same message, and a response
// to it parses and mirrors it. What it refuses can be refused with an answer that is one well-framed response.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "sip/message.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {
namespace {

std::string answer_to(const Message& request, int status) {
  std::string out;
  Writer writer(out);
  write_response_head(writer, request, {.status = status, .to_tag = "t1", .source_host = "192.0.2.1", .source_port = 5060});
  writer.end();
  return out;
}

void walk(const Message& message) {
  std::size_t bytes = message.via().branch.size() + message.from().display_text().size() + message.to().uri.text.size();
  bytes += message.cseq().method_name.size() + message.expires().value_or(0) + message.max_forwards().value_or(0);
  for (std::size_t i = 0; i < message.header_count(); ++i) {
    const Header header = message.header(i);
    CARILLON_ASSERT(!header.name.empty());
    CARILLON_ASSERT(header.id == HeaderId::unknown || message.has(header.id));
    CARILLON_ASSERT(message.first(header.name).has_value());
    for (std::string_view value : message.values(header.id)) {
      CARILLON_ASSERT(!value.empty());
      CARILLON_ASSERT(value.data() >= message.raw().data() &&
                      value.data() + value.size() <= message.raw().data() + message.raw().size());
      bytes += value.size();
    }
  }
  if (const auto contacts = message.contacts()) bytes += contacts->size();
  if (const auto type = message.content_type()) bytes += type->subtype.size();
  const OwnedMessage owned(message);
  CARILLON_ASSERT(owned->raw() == message.raw() && owned->call_id() == message.call_id() && bytes + 1 > 0);
}

/// The headers one by one through the writer, as a proxy would.
std::string write(const Message& message) {
  std::string out;
  Writer writer(out);
  if (message.is_request())
    writer.request_line(message.method_name(), message.request_uri_text());
  else
    writer.status_line(message.status(), message.reason());
  for (std::size_t i = 0; i < message.header_count(); ++i) {
    const Header header = message.header(i);
    if (header.id == HeaderId::content_type || header.id == HeaderId::content_length) continue;
    if (header.id == HeaderId::unknown)
      writer.header(header.name, header.value);
    else
      writer.header(header.id, header.value);
  }
  if (message.body().empty())
    writer.end();
  else
    writer.body(message.first(HeaderId::content_type).value_or("application/sdp"), message.body());
  return out;
}

void check_written_again(const Message& message) {
  const std::string first = write(message);
  const auto again = Message::parse(first);
  if (!again) {  // Names grow from their compact forms, and a body gets its type.
    CARILLON_ASSERT(again.error().is(Fault::header_too_large) || again.error().is(Fault::too_many_headers));
    return;
  }
  CARILLON_ASSERT(again->method_name() == message.method_name() && again->status() == message.status());
  CARILLON_ASSERT(again->cseq_number() == message.cseq_number() && again->from_tag() == message.from_tag());
  CARILLON_ASSERT(again->to_tag() == message.to_tag() && again->via_branch() == message.via_branch());
  CARILLON_ASSERT(again->max_forwards() == message.max_forwards() && again->body() == message.body());
  CARILLON_ASSERT(write(*again) == first);
}

void check_answered(const Message& request) {
  const std::string out = answer_to(request, 200);
  const auto response = Message::parse(out);
  if (!response) {  // `received` and the tag may push a request at its limit over it.
    CARILLON_ASSERT(response.error().is(Fault::header_too_large));
    return;
  }
  CARILLON_ASSERT(response->call_id() == request.call_id() && response->cseq_number() == request.cseq_number());
  CARILLON_ASSERT(response->from_tag() == request.from_tag() && response->via().branch == request.via().branch);
  CARILLON_ASSERT(!response->to_tag().empty() || request.to().params.has("tag"));
}

void check_refused(std::string_view bytes) {
  const auto refused = Message::for_refusal(bytes);
  if (!refused) return;
  const std::string out = answer_to(*refused, 400);
  CARILLON_ASSERT(out.find("\r\n\r\n") == out.size() - 4);
}

void check(std::string_view bytes) {
  const auto message = Message::parse(bytes);
  if (!message) {
    check_refused(bytes);
    return;
  }
  walk(*message);
  check_written_again(*message);
  CARILLON_ASSERT(Message::parse(message->raw()).has_value());
  if (message->is_request()) check_answered(*message);
}

}  // namespace
}  // namespace carillon::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::sip::check({reinterpret_cast<const char*>(data), size});
  return 0;
}

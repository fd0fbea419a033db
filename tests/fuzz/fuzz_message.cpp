// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a SIP message: every accessor works on what parse() accepts, and a response to it parses and mirrors it. What it
// refuses can be refused with an answer that is one well-framed response.
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
  CARILLON_ASSERT(Message::parse(message->raw()).has_value());
  if (message->is_request()) check_answered(*message);
}

}  // namespace
}  // namespace carillon::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::sip::check({reinterpret_cast<const char*>(data), size});
  return 0;
}

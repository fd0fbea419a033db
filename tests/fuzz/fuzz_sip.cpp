// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a SIP message: it parses or not, every accessor is safe on what parsed, and a stream is cut into the same messages
// however its bytes are divided.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "sip/message.hpp"
#include "sip/stream_framer.hpp"

namespace carillon::sip {
namespace {

void check_message(std::string_view bytes) {
  const auto message = Message::parse(bytes);
  if (!message) {
    if (const auto refused = Message::for_refusal(bytes)) CARILLON_ASSERT(refused->method() != Method::ack);
    return;
  }
  CARILLON_ASSERT(message->raw().size() <= bytes.size());
  CARILLON_ASSERT(!message->call_id().empty());
  CARILLON_ASSERT(message->cseq().number == message->cseq_number());
  if (message->contacts()) CARILLON_ASSERT(message->contacts()->size() <= Message::max_contacts);
  if (message->is_request()) CARILLON_ASSERT(!message->request_uri_text().empty());
  for (std::size_t i = 0; i < message->header_count(); ++i) CARILLON_ASSERT(!message->header(i).name.empty());
  for (const std::string_view option : message->values(HeaderId::supported)) CARILLON_ASSERT(option.size() <= bytes.size());
  const auto again = Message::parse(message->raw());
  CARILLON_ASSERT(again && again->raw() == message->raw());
}

/// The messages of a stream that arrives in pieces of this many bytes; an error ends it.
std::vector<std::string> cut(std::string_view bytes, std::size_t piece) {
  StreamFramer framer;
  std::vector<std::string> found;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    framer.feed(bytes.substr(at, piece));
    while (true) {
      const auto item = framer.next();
      if (!item) {
        found.emplace_back("error");
        return found;
      }
      if (!*item) break;
      found.emplace_back((*item)->bytes);
    }
  }
  return found;
}

}  // namespace
}  // namespace carillon::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  carillon::sip::check_message(bytes);
  const auto whole = carillon::sip::cut(bytes, size + 1);
  CARILLON_ASSERT(carillon::sip::cut(bytes, 7) == whole);
  return 0;
}

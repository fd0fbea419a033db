// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a stream: however they are divided, the same messages and pings come out, and the parser finds each message as
// long as the framing did. The first byte chooses the division.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "sip/message.hpp"
#include "sip/stream_framer.hpp"

namespace carillon::sip {
namespace {

/// What comes out, as one text.
std::string frame(std::string_view bytes, std::size_t piece) {
  std::string seen;
  StreamFramer framer;
  while (!bytes.empty()) {
    const std::string part(bytes.substr(0, piece));
    bytes.remove_prefix(part.size());
    framer.feed(part);
    for (;;) {
      const auto item = framer.next();
      if (!item) return seen + "!" + std::string(item.error().code);
      if (!*item) break;
      seen += (*item)->kind == StreamFramer::Kind::ping ? "[ping]" : "[message]";
      seen += (*item)->bytes;
      if (const auto message = Message::parse((*item)->bytes)) CARILLON_ASSERT(message->raw().size() == (*item)->bytes.size());
    }
    CARILLON_ASSERT(framer.buffered() < 16 * 1024 + 64 * 1024 + piece);
  }
  return seen;
}

}  // namespace
}  // namespace carillon::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using carillon::sip::frame;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = frame(bytes, bytes.size());
  CARILLON_ASSERT(frame(bytes, data[0] + 1U) == whole);
  return 0;
}

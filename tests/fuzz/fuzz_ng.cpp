// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a message of the media control protocol: bencode, then a leg command or its answer.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "ng/bencode.hpp"
#include "ng/leg_wire.hpp"

namespace {

void check(std::string_view bytes) {
  const auto message = carillon::ng::decode_message(bytes);
  if (!message) return;
  if (const auto order = carillon::ng::decode_order(message->body)) {
    std::string written;
    carillon::ng::encode(written, message->cookie, *order);
    const auto again = carillon::ng::decode_message(written);
    CARILLON_ASSERT(again && again->cookie == message->cookie);
    const auto order_again = carillon::ng::decode_order(again->body);
    CARILLON_ASSERT(order_again.has_value());
    std::string second;
    carillon::ng::encode(second, again->cookie, *order_again);
    CARILLON_ASSERT(second == written);
  }
  if (const auto answer = carillon::ng::decode_answer(message->body)) {
    std::string written;
    carillon::ng::encode(written, message->cookie, *answer);
    const auto again = carillon::ng::decode_message(written);
    CARILLON_ASSERT(again && carillon::ng::decode_answer(again->body));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}

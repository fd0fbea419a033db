// SPDX-License-Identifier: GPL-3.0-or-later
// One thing that happened to a call, and its bytes. The bytes are those of blocks on disk and of batches between threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "trace/sink.hpp"

namespace carillon::trace {

enum class Kind : std::uint8_t { sip, decision, quality };

/// The longest text of an item; what is longer is cut.
constexpr std::size_t text_max = 65536;

struct Item {
  CallId call;
  std::int64_t brand = 0;
  std::int64_t customer = 0;
  Instant at{};
  Kind kind = Kind::sip;
  Audience audience = Audience::customer;
  Direction direction = Direction::in;
  std::uint8_t leg = 0;  ///< Of quality: 1 the caller's, 2 that of whoever answered.
  net::Transport transport = net::Transport::udp;
  net::Address local;     ///< Of sip.
  net::Address remote;    ///< Of sip, and of quality if it is known.
  std::string_view text;  ///< Points into whatever it was read from.
};

/// Little-endian: length of the text (4), kind, direction, leg, transport, audience (1 each), call (16), brand, customer,
/// microseconds (8 each), both addresses (18 each), text.
constexpr std::size_t item_header = 4 + 5 + 16 + 3 * 8 + 2 * 18;
void append_item(std::string& out, const Item& item);

/// Takes the first item off `bytes`. Nothing when no whole one is there: at the end, or after damage. Any bytes are safe.
std::optional<Item> take_item(std::string_view& bytes);

}  // namespace carillon::trace

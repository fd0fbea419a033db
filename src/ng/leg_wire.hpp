// SPDX-License-Identifier: GPL-3.0-or-later
// Leg commands as ng messages: one dictionary for a whole request, one for its outcome, one for an event. Decoding trusts
// nothing: every count and number is checked against the bounds of ng/legs.hpp.
#pragma once

#include <optional>
#include <variant>

#include "ng/bencode.hpp"
#include "ng/legs.hpp"

namespace carillon::ng {

/// The first message on a control connection. `owner` is random for each life of a signalling shard: the calls it makes are its
/// own.
struct Hello {
  std::uint64_t owner = 0;
};
/// Its answer. `process` is random for each life of the media process: a new one has none of the old one's calls.
struct Welcome {
  std::uint64_t process = 0;
};

/// What a client can send, and what media can send back.
using Order = std::variant<Hello, Request>;
struct Refusal {
  std::string code;  ///< The name of the fault, such as "media.no_ports".
};
using Answer = std::variant<Welcome, Outcome, Refusal, Event>;

/// Append one whole message to `out`; the cookie must not contain a space.
void encode(std::string& out, std::string_view cookie, const Order& order);
void encode(std::string& out, std::string_view cookie, const Answer& answer);

Result<Order> decode_order(const Value& body);
Result<Answer> decode_answer(const Value& body);

}  // namespace carillon::ng

// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts a TCP or TLS stream into messages (RFC 3261 §18.3) and keep-alives (RFC 5626 §3.5.1), however the bytes are divided,
// without copying those that arrive whole.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/fault.hpp"
#include "sip/message.hpp"

namespace carillon::sip {

class StreamFramer {
 public:
  enum class Kind : std::uint8_t {
    message,  ///< `bytes` is one whole message.
    ping,     ///< A double CRLF: answer with a single CRLF.
  };
  struct Item {
    Kind kind;
    std::string_view bytes;
  };

  explicit StreamFramer(const Limits& limits = {}) : limits_(limits) {}

  /// Adds what was read. The bytes must live until next() has returned nothing or an error; so do the views it returns.
  void feed(std::string_view bytes);

  /// The next message or ping; nothing when more bytes are needed. After an error the stream cannot be read on: refuse with what
  /// Message::for_refusal(rejected()) finds, then close.
  Result<std::optional<Item>> next();

  /// After an error: the message that caused it, as far as it arrived.
  std::string_view rejected() const { return pending_; }

  /// True between the first byte of a message and its last: the time a slow sender gets is counted then.
  bool mid_message() const { return !carry_.empty() && carry_[0] != '\r'; }

  /// Bytes held for an unfinished message.
  std::size_t buffered() const { return carry_.size(); }

 private:
  Result<std::optional<Item>> take_message();
  void keep_rest();

  Limits limits_;
  std::string carry_;         ///< An unfinished message; empty and without storage between messages.
  std::string_view pending_;  ///< What next() has not looked at: in carry_ or in the caller's bytes.
  std::size_t searched_ = 0;  ///< Of pending_: no end of headers begins before here.
  std::size_t needed_ = 0;    ///< Length of the message at the front once its headers are complete, else 0.
};

}  // namespace carillon::sip

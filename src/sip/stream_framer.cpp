// SPDX-License-Identifier: GPL-3.0-or-later
// Finds where messages end in a stream.
#include "sip/stream_framer.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace carillon::sip {

void StreamFramer::feed(std::string_view bytes) {
  CARILLON_ENSURE(pending_.size() == carry_.size());  // What was fed before has been taken.
  if (carry_.empty()) {
    pending_ = bytes;
  } else {
    carry_ += bytes;
    pending_ = carry_;
  }
}

Result<std::optional<StreamFramer::Item>> StreamFramer::next() {
  // RFC 3261 §7.5 and RFC 5626 §4.4.1: between messages, a double CRLF is a ping, a single one nothing.
  while (!pending_.empty() && pending_.front() == '\r') {
    if (pending_.starts_with("\r\n\r\n")) {
      const Item ping{.kind = Kind::ping, .bytes = pending_.substr(0, 4)};
      pending_.remove_prefix(4);
      return ping;
    }
    if (std::string_view("\r\n\r\n").starts_with(pending_)) break;  // Perhaps half a ping.
    if (!pending_.starts_with("\r\n")) return failure(Fault::not_sip, "a bare CR between messages");
    pending_.remove_prefix(2);
  }
  if (!pending_.empty() && pending_.front() != '\r') return take_message();
  keep_rest();
  return std::nullopt;
}

Result<std::optional<StreamFramer::Item>> StreamFramer::take_message() {
  if (needed_ == 0) {
    constexpr std::string_view empty_line = "\r\n\r\n";
    const std::size_t end = pending_.substr(0, limits_.header_bytes).find(empty_line, searched_);
    if (end == std::string_view::npos) {
      if (pending_.size() >= limits_.header_bytes) return failure(Fault::header_too_large, "the header part is too large");
      searched_ = pending_.size() - std::min(pending_.size(), empty_line.size() - 1);
      keep_rest();
      return std::nullopt;
    }
    CARILLON_TRY(length, Message::length_on_stream(pending_.substr(0, end + empty_line.size()), limits_));
    needed_ = length;
  }
  if (pending_.size() < needed_) {
    keep_rest();
    return std::nullopt;
  }
  const Item message{.kind = Kind::message, .bytes = pending_.substr(0, needed_)};
  pending_.remove_prefix(needed_);
  searched_ = 0;
  needed_ = 0;
  return message;
}

/// Moves what is unfinished into carry_, or gives its storage back.
void StreamFramer::keep_rest() {
  if (pending_.empty()) {
    carry_ = std::string();
  } else if (pending_.size() != carry_.size() || pending_.data() != carry_.data()) {
    std::string rest(pending_);
    carry_ = std::move(rest);
  }
  pending_ = carry_;
}

}  // namespace carillon::sip

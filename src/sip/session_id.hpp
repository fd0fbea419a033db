// SPDX-License-Identifier: GPL-3.0-or-later
// The name that a session keeps from end to end (RFC 7989): each end has half of it, and whoever stands between passes both on,
// so that the messages of one call can be found in everybody's traces.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "sip/message.hpp"

namespace carillon::sip {

/// One end's half: a UUID of 32 lower-case hexadecimal digits, all zero while the end is not known (RFC 7989 §4).
class SessionId {
 public:
  SessionId() { digits_.fill('0'); }

  /// A random one (RFC 4122 §4.4), for an end that has none.
  static SessionId make();
  /// From text(); nothing from any other text, or from that of an end that is not known.
  static std::optional<SessionId> parse(std::string_view text);
  /// The sender's half as its Session-ID says it; nothing when there is none, or none that makes sense.
  static std::optional<SessionId> of_sender(const Message& message);

  bool is_known() const { return *this != SessionId(); }
  std::string_view text() const { return {digits_.data(), digits_.size()}; }
  bool operator==(const SessionId&) const = default;

 private:
  std::array<char, 32> digits_;
};

}  // namespace carillon::sip

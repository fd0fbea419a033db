// SPDX-License-Identifier: GPL-3.0-or-later
// Where calls say what happens to them, for whoever asks later why one went where it went. Nothing waits for it and nothing
// depends on it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/id.hpp"
#include "net/network.hpp"

namespace carillon::trace {

enum class Direction : std::uint8_t { in, out };

/// Who may read it later: whoever administers the customer, or the brand and the platform alone, as carriers are theirs.
enum class Audience : std::uint8_t { customer, brand };

/// All members are cheap and never fail; what belongs to a call that has not begun here is passed over. One thread.
class Sink {
 public:
  /// The call belongs to this customer of this brand. Before anything else is said of it.
  virtual void begin_call(const CallId& call, std::int64_t brand, std::int64_t customer) = 0;
  /// Little is said of it from now on; what comes within a minute is still kept.
  virtual void end_call(const CallId& call) = 0;
  /// A whole SIP message as it came or leaves; the bytes are copied. Secrets in it are masked before they are kept.
  virtual void message(const CallId& call, Audience audience, Direction direction, const net::Flow& flow,
                       std::string_view bytes) = 0;
  /// Why something was done: a line, or some.
  virtual void decision(const CallId& call, Audience audience, std::string_view line) = 0;
  /// How the media of a leg fared: one line, and where most of it came from (unspecified: nobody knows). `leg`: 1 is the
  /// caller's, 2 that of whoever answered.
  virtual void quality(const CallId& call, std::uint8_t leg, const net::Address& from, std::string_view line) = 0;

 protected:
  ~Sink() = default;
};

}  // namespace carillon::trace

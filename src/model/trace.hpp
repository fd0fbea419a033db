// SPDX-License-Identifier: GPL-3.0-or-later
// One thing that happened to a call, as its trace shows it.
#pragma once

#include <span>

#include "model/field.hpp"

namespace carillon::model {

enum class TraceKind : std::uint8_t { sip, decision, quality };
inline constexpr std::string_view trace_kind_names[] = {"sip", "decision", "quality"};
constexpr std::span<const std::string_view> choices(TraceKind) {
  return trace_kind_names;
}

/// Into the platform or out of it; `none` for what is no message.
enum class TraceDirection : std::uint8_t { none, in, out };
inline constexpr std::string_view trace_direction_names[] = {"", "in", "out"};
constexpr std::span<const std::string_view> choices(TraceDirection) {
  return trace_direction_names;
}

struct TraceItem {
  RESOURCE(TraceItem, trace)
  FIELD(Instant, at)
  FIELD(TraceKind, kind)
  FIELD(TraceDirection, direction)
  FIELD(Integer, leg)                                     // 1 is the caller's, 2 and more those that were called; 0: of none.
  FIELD(Text, from)                                       // Address and port, of a message; of quality where the media came from.
  FIELD(Text, to)                                         // Likewise.
  FIELD(Text, transport)                                  // udp, tcp, tls, ws, wss.
  FIELD(Text, summary, .form = Form::lines, .max = 4096)  // "INVITE sip:102@example.com", "200 OK", or the line itself.
  FIELD(Text, message, .form = Form::lines, .max = 65536)  // The whole message; empty for what is none.
};

}  // namespace carillon::model

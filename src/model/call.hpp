// SPDX-License-Identifier: GPL-3.0-or-later
// The record of a call, as the registry keeps and shows it.
#pragma once

#include <span>

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class Direction : std::uint8_t { internal, outbound, inbound };
inline constexpr std::string_view direction_names[] = {"internal", "outbound", "inbound"};
constexpr std::span<const std::string_view> choices(Direction) {
  return direction_names;
}

enum class CallStatus : std::uint8_t { ok, busy, noanswer, cancel, offline, timeout, failed };
inline constexpr std::string_view call_status_names[] = {"ok", "busy", "noanswer", "cancel", "offline", "timeout", "failed"};
constexpr std::span<const std::string_view> choices(CallStatus) {
  return call_status_names;
}

enum class LinkReason : std::uint8_t { none, forward, transfer, pickup, onnet };
inline constexpr std::string_view link_reason_names[] = {"", "forward", "transfer", "pickup", "onnet"};
constexpr std::span<const std::string_view> choices(LinkReason) {
  return link_reason_names;
}

/// One INVITE accepted from a caller or created by a forward, transfer or pickup. Written by jobs alone, never changed.
struct Call {
  RESOURCE(Call, calls)
  static constexpr Access access{.read = Role::user, .is_record = true, .by_time = "started_at"};
  FIELD(CallId, id)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true)
  FIELD(Text, call_id)  // The SIP Call-ID of the caller's leg.
  FIELD(Instant, started_at, .required = true)
  FIELD(Instant, answered_at)
  FIELD(Instant, ended_at, .required = true)
  FIELD(Direction, direction)
  FIELD(Text, caller)
  FIELD(Text, callee)
  FIELD(Id<User>, caller_user, .tenant = Tenant::user)
  FIELD(Id<User>, callee_user, .tenant = Tenant::user)
  FIELD(Milliseconds, duration)  // From the answer to the end; zero when nobody answered.
  FIELD(CallId, linked_call)
  FIELD(LinkReason, link_reason)
  FIELD(Json, attempts, .max = 65536)  // A JSON array of Attempt; where carriers were tried is left out,
  FIELD(Json, carrier_attempts, .read = Role::brand, .max = 65536)  // and stands here.
  FIELD(CallStatus, status)
  FIELD(Integer, sip_code)                                                  // The final answer the caller got.
  FIELD(Boolean, broken)                                                    // Ended by a fault of ours.
  FIELD(Text, decisions, .form = Form::lines, .hidden = true, .max = 4096)  // Why it went where it went, one line each.
};

/// One branch that rang, or one carrier that was tried, inside a call.
struct Attempt {
  RESOURCE(Attempt, attempts)
  FIELD(Text, target)   // The user's extension or the number sent to a carrier.
  FIELD(Text, contact)  // Where the INVITE went: the device's or carrier's URI.
  FIELD(Instant, started_at)
  FIELD(Instant, ended_at)
  FIELD(Integer, sip_code)  // Its final answer; 0 when it got none.
};

/// What Call::attempts holds for these.
Json attempts_json(std::span<const Attempt> attempts);

}  // namespace carillon::model

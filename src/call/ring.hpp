// SPDX-License-Identifier: GPL-3.0-or-later
// Rings several devices until one answers, all at once or by their preference: busy on one is busy nowhere else, and the others
// stop ringing with "completed elsewhere".
#pragma once

#include <string>
#include <vector>

#include "base/task.hpp"
#include "call/call.hpp"
#include "call/ports.hpp"

namespace carillon::call {

constexpr Duration ring_time_max = 180s;

struct RingOptions {
  Duration ring_time = ring_time_max;
  Duration turn = {};  ///< How long each q rings before the next lower one's turn (RFC 3261 §16.6); zero: all ring at once.
  Party from;          ///< Shown to the devices.
  Party to;            ///< Who was dialled.
  std::string target;  ///< For the record's attempts: the extension or number.
  unsigned max_forwards = 70;
  std::string referred_by;      ///< As in Referred-By (RFC 3892), which devices are told; empty: nobody transferred the call.
  Duration first_sign = {};     ///< How long until all give up whose device has not said anything at all; zero: never.
  Duration first_ringing = {};  ///< The same for those that have said no more than that they try.
};

/// What came of ringing.
struct Rung {
  Leg* answered = nullptr;      ///< Null: nobody has, and the call's ending is set.
  int status = 0;               ///< Then: the refusal that counts, as it came; 408: silence; 480: it rang in vain.
  bool was_heard = false;       ///< The caller has heard early media.
  bool is_unreachable = false;  ///< The network said of one that nobody is there.
  Duration retry_after{};       ///< The longest that a 503 asked for.
};

/// Invites the contacts, highest q first, with the caller's offer and relays ringing and early media until one answers. Suspends
/// for at most the ring time. Cancelling it leaves the ringing legs to the call, which cancels them.
Task<Rung> ring(Call& call, std::vector<Contact> contacts, RingOptions options);

}  // namespace carillon::call

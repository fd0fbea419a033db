// SPDX-License-Identifier: GPL-3.0-or-later
// What webhooks are told of a call.
#pragma once

#include "model/call.hpp"
#include "store/events.hpp"

namespace carillon::billing {

inline constexpr std::string_view call_ended = "call.ended";

/// The record as the API shows it, without its attempts where they are too many for a webhook. The call's id is in the event's,
/// so that a receiver knows it again even when the records were restored from a backup.
store::Event event_of(const model::Call& call);

}  // namespace carillon::billing

// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody begins more calls to the world in a minute than it may: the customer and its brand are told, once an hour and limit
// (reliability T-03).
#pragma once

#include "journal/records.hpp"
#include "model/call.hpp"
#include "store/events.hpp"
#include "store/seal.hpp"

namespace carillon::billing {

inline constexpr std::string_view calls_limited = "customer.calls_limited";

/// `call` was refused by that limit. Within the hour of the last alarm of its customer about the same limit nothing happens; else
/// an entry in the audit log, the event, and mails to the administrators of the customer (but of the brand's limit) and its brand
/// who have an address. Without a sealer nothing is mailed. In the caller's transaction, on a connection of the platform's.
/// Whether it was an alarm.
Result<bool> raise_limit_alarm(store::Database& database, const store::Sealer* sealer, store::EventWriter& events,
                               const model::Call& call, journal::Limit whose, Instant now);

}  // namespace carillon::billing

// SPDX-License-Identifier: GPL-3.0-or-later
// What a peer says in RTCP of the packets that it got (RFC 3550 §6.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::rtp {

struct ReceiverReport {
  std::int32_t lost = 0;     ///< Since the beginning; below zero when packets came twice.
  std::uint32_t jitter = 0;  ///< In units of the stream's timestamps.
  bool operator==(const ReceiverReport&) const = default;
};

/// The first report in the sender and receiver reports of a compound packet. Nothing when there is none, or it is malformed.
std::optional<ReceiverReport> find_report(std::string_view rtcp);

}  // namespace carillon::rtp

// SPDX-License-Identifier: GPL-3.0-or-later
// When a webhook that was not taken is sent again (Standard Webhooks 1.0: "Deliverability and reliability").
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace carillon::outbound {

constexpr int webhook_attempts_max = 10;

/// How long to wait after so many failed attempts (1: the first one); nothing when there was the last. Up to a tenth longer than
/// the schedule says, as `random` has it, so that what failed together does not come back together.
std::optional<Duration> webhook_retry_after(int failed_attempts, std::uint64_t random);

}  // namespace carillon::outbound

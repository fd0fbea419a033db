// SPDX-License-Identifier: GPL-3.0-or-later
// Two clocks that cannot be mixed up: Monotonic for waits and durations, Instant for what people and records read.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace carillon {

using namespace std::chrono_literals;

using Duration = std::chrono::microseconds;

struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

/// A point on the loop's clock, which never jumps. Only its differences mean anything.
using Monotonic = MonotonicClock::time_point;

/// Wall-clock time, UTC, in microseconds; in databases a bigint of microseconds since 1970.
using Instant = std::chrono::sys_time<Duration>;

enum class TimeFault { malformed };
constexpr std::string_view name_of(TimeFault) {
  return "time.malformed";
}

/// RFC 3339 in UTC with milliseconds: "2026-11-21T10:15:30.250Z". Beyond the years 0 to 9999 the nearest of them.
std::string to_rfc3339(Instant instant);

/// Reads RFC 3339 with any offset and up to nine decimals; what is finer than a microsecond is cut off.
Result<Instant> parse_rfc3339(std::string_view text);

/// The system's clocks. Only loops and `main` ask them; everything else asks its loop.
Instant system_wall_time();
Monotonic system_monotonic_time();

/// Between two starts of the machine always the same number and never zero: what tells whether two processes mean the same by a
/// Monotonic. Zero where the system does not say.
std::uint64_t boot_number();

}  // namespace carillon

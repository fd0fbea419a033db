// SPDX-License-Identifier: GPL-3.0-or-later
// Local time where a customer lives: calendars and schedules are written in it. The only user of date-tz.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace date {
class time_zone;
}

namespace carillon {

enum class TimeZoneFault { unknown };
constexpr std::string_view name_of(TimeZoneFault) {
  return "time_zone.unknown";
}

/// What a clock on the wall shows, without saying where.
using LocalTime = std::chrono::local_time<Duration>;

/// A zone of the system's database. A plain value; valid for the life of the process, shared by all threads.
class TimeZone {
 public:
  TimeZone();  ///< UTC.

  /// By its IANA name, "Europe/Madrid". The first use of a zone reads a file: not on the call path.
  static Result<TimeZone> find(std::string_view name);

  /// All that find() finds by their IANA names, in their order. Reads a folder.
  static std::vector<std::string> names();

  const std::string& name() const;
  bool operator==(const TimeZone&) const = default;

 private:
  friend LocalTime to_local(TimeZone zone, Instant instant);
  friend struct ResolvedTime from_local(TimeZone zone, LocalTime local);
  explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;
};

LocalTime to_local(TimeZone zone, Instant instant);

/// The instant of a local time, and whether there was a choice.
struct ResolvedTime {
  enum class Kind { unique, gap, twice };
  Kind kind = Kind::unique;
  /// In a gap the local time moves forward by the gap's length; in a repeated hour the first counts.
  Instant instant;
};
ResolvedTime from_local(TimeZone zone, LocalTime local);

}  // namespace carillon

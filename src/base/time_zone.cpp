// SPDX-License-Identifier: GPL-3.0-or-later
// Time zones by date-tz over the system's zone files.
#include "base/time_zone.hpp"

#include <algorithm>
#include <stdexcept>

#include <date/tz.h>
#include <fmt/format.h>

namespace carillon {
namespace {

date::local_time<Duration> for_date(LocalTime local) {
  return date::local_time<Duration>(local.time_since_epoch());
}

}  // namespace

TimeZone::TimeZone() : zone_(date::locate_zone("Etc/UTC")) {}

Result<TimeZone> TimeZone::find(std::string_view name) {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    zone->get_info(date::sys_seconds());  // Reads the zone's file now, where a missing one can still be reported.
    return TimeZone(zone);
  } catch (const std::runtime_error&) {
    return failure(TimeZoneFault::unknown,
                   fmt::format("\"{}\" is not a time zone: use an IANA name such as Europe/Madrid", name.substr(0, 64)));
  }
}

std::vector<std::string> TimeZone::names() {
  std::vector<std::string> names;
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones)
      if (zone.name() != "localtime") names.push_back(zone.name());  // A link to one of the others.
  } catch (const std::runtime_error&) {
    return {};  // There is no database: find() finds none either.
  }
  std::ranges::sort(names);
  return names;
}

const std::string& TimeZone::name() const {
  return zone_->name();
}

LocalTime to_local(TimeZone zone, Instant instant) {
  return LocalTime(zone.zone_->to_local(instant).time_since_epoch());
}

// RFC 5545 §3.3.5: in a gap the offset before it counts, in a repeated hour the first occurrence.
ResolvedTime from_local(TimeZone zone, LocalTime local) {
  const date::local_info info = zone.zone_->get_info(for_date(local));
  const Instant instant(local.time_since_epoch() - info.first.offset);
  switch (info.result) {
    case date::local_info::nonexistent:
      return {ResolvedTime::Kind::gap, instant};
    case date::local_info::ambiguous:
      return {ResolvedTime::Kind::twice, instant};
    default:
      return {ResolvedTime::Kind::unique, instant};
  }
}

}  // namespace carillon

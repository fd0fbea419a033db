// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: local times resolve as calendars need it, the two nights a year included.
#include "base/time_zone.hpp"

#include <algorithm>

namespace carillon {
namespace {

using Kind = ResolvedTime::Kind;

LocalTime local(int month, int day, Duration time) {
  const auto date = std::chrono::local_days(std::chrono::year(2026) / month / day);
  return date + time;
}
Instant utc(int month, int day, Duration time) {
  const auto date = std::chrono::sys_days(std::chrono::year(2026) / month / day);
  return date + time;
}

TEST(TimeZone, ResolvesMadridsYear) {
  const TimeZone madrid = TimeZone::find("Europe/Madrid").value();
  struct Case {
    LocalTime wall;
    Kind kind;
    Instant instant;
  };
  const std::vector<Case> cases = {
      {local(1, 15, 12h), Kind::unique, utc(1, 15, 11h)},
      {local(7, 15, 12h), Kind::unique, utc(7, 15, 10h)},
      {local(3, 29, 2h - 1us), Kind::unique, utc(3, 29, 1h - 1us)},
      {local(3, 29, 2h + 30min), Kind::gap, utc(3, 29, 1h + 30min)},  // Clocks show 03:30.
      {local(3, 29, 3h), Kind::unique, utc(3, 29, 1h)},
      {local(10, 25, 2h + 30min), Kind::twice, utc(10, 25, 30min)},
      {local(10, 25, 3h), Kind::unique, utc(10, 25, 2h)},
  };
  for (const Case& c : cases) {
    const ResolvedTime resolved = from_local(madrid, c.wall);
    EXPECT_EQ(resolved.kind, c.kind) << c.wall.time_since_epoch().count();
    EXPECT_EQ(resolved.instant, c.instant) << c.wall.time_since_epoch().count();
    if (c.kind != Kind::gap) EXPECT_EQ(to_local(madrid, resolved.instant), c.wall);
  }
  EXPECT_EQ(to_local(madrid, utc(10, 25, 30min)), to_local(madrid, utc(10, 25, 1h + 30min)));
}

TEST(TimeZone, DefaultIsUtc) {
  EXPECT_EQ(to_local(TimeZone(), utc(7, 15, 10h)), local(7, 15, 10h));
}

TEST(TimeZone, RefusesUnknownNames) {
  for (const std::string_view name : {"", "Europe/Nowhere", "../etc/passwd", "CEST+2"}) {
    const auto zone = TimeZone::find(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_TRUE(zone.error().is(TimeZoneFault::unknown));
  }
}

TEST(TimeZone, ListsThoseThatItFinds) {
  const std::vector<std::string> names = TimeZone::names();
  EXPECT_GE(names.size(), 300U);
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_TRUE(std::ranges::binary_search(names, "Europe/Madrid"));
  for (const std::string& name : names) EXPECT_TRUE(TimeZone::find(name)) << name;
}

}  // namespace
}  // namespace carillon

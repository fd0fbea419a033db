// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: RFC 3339 texts are written one way and read in all the ways that the RFC allows, and no other.
#include "base/time.hpp"

namespace carillon {
namespace {

constexpr Instant noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 12h;

TEST(Time, WritesMilliseconds) {
  EXPECT_EQ(to_rfc3339(noon + 250'999us), "2026-11-21T12:00:00.250Z");
  EXPECT_EQ(to_rfc3339(Instant(Duration(-1))), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(Instant::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(Instant::min()), "0000-01-01T00:00:00.000Z");
}

TEST(Time, ReadsWhatTheRfcAllows) {
  const std::vector<std::pair<std::string_view, Instant>> cases = {
      {"2026-11-21T12:00:00Z", noon},
      {"2026-11-21t12:00:00z", noon},
      {"2026-11-21 12:00:00Z", noon},
      {"2026-11-21T13:00:00+01:00", noon},
      {"2026-11-21T06:30:00-05:30", noon},
      {"2026-11-21T12:00:00.5Z", noon + 500ms},
      {"2026-11-21T12:00:00.123456789Z", noon + 123456us},
      {"2024-02-29T00:00:00Z", std::chrono::sys_days(std::chrono::year(2024) / 2 / 29)},
      {"2016-12-31T23:59:60Z", std::chrono::sys_days(std::chrono::year(2017) / 1 / 1)},  // RFC 3339 §5.8, a leap second.
  };
  for (const auto& [text, expected] : cases) {
    const auto read = parse_rfc3339(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, expected) << text;
  }
}

TEST(Time, RefusesTheRest) {
  for (const std::string_view text :
       {"", "2026-11-21", "2026-11-21T12:00Z", "2026-11-21T12:00:00", "2026-02-29T12:00:00Z", "2026-13-01T12:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T12:60:00Z", "2026-11-21T12:00:61Z", "2026-11-21T12:00:00.Z",
        "2026-11-21T12:00:00+0100", "2026-11-21T12:00:00+24:00", "2026-11-21T12:00:00.1234567890Z", "2026-11-21T12:00:00ZZ",
        "+026-11-21T12:00:00Z"}) {
    const auto read = parse_rfc3339(text);
    ASSERT_FALSE(read) << text;
    EXPECT_TRUE(read.error().is(TimeFault::malformed));
  }
}

}  // namespace
}  // namespace carillon

// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: we are back on a registrar's list within a minute of its return, and say so again before we are off it; luck decides
// when, within bounds.
#include "trunk/registration.hpp"

#include <gtest/gtest.h>

namespace carillon::trunk {
namespace {

TEST(RegistrationTest, IsSaidAgainBeforeItsTimeIsOver) {
  for (std::uint64_t luck = 0; luck < 64; ++luck) {
    for (const Duration granted : {Duration(60s), Duration(600s), Duration(3600s), Duration(7200s)}) {
      const Duration after = refresh_after(granted, luck);
      EXPECT_GE(after, granted / 2) << luck;
      EXPECT_LE(after, granted * 9 / 10) << luck;
      EXPECT_LE(after, granted - 20s) << luck;
    }
    // A registrar that grants next to nothing is not asked without end.
    EXPECT_EQ(refresh_after(1s, luck), 5s);
    EXPECT_EQ(refresh_after(30s, luck), 15s);
  }
  EXPECT_NE(refresh_after(3600s, 1), refresh_after(3600s, 2));
}

TEST(RegistrationTest, IsTriedAgainWithinAMinute) {
  constexpr auto least = Registration::pause_min, most = Registration::pause_max;
  for (std::uint64_t luck = 0; luck < 128; ++luck) {
    EXPECT_GE(pause_after(1, least, most, luck), 1500ms);
    EXPECT_LE(pause_after(1, least, most, luck), 2500ms);
    for (const unsigned failures : {5U, 17U, 1'000'000U, 4'000'000'000U}) {
      EXPECT_GE(pause_after(failures, least, most, luck), 20s);
      EXPECT_LE(pause_after(failures, least, most, luck) + Registration::answer_within, 60s);
    }
  }
}

TEST(RegistrationTest, IsTheSameForTheRegistrarWhateverThePassword) {
  model::CarrierRegistration a;
  a.username = "us";
  a.domain = "carrier.example";
  a.contact_user = "at";
  model::CarrierRegistration b = a;
  b.realm = "r";
  b.ha1_md5 = Secret("x");
  b.expires = 60;
  b.host = a.domain;  // As if it were not said.
  EXPECT_TRUE(is_same_binding(a, b));
  b.contact_user = "other";
  EXPECT_FALSE(is_same_binding(a, b));
}

}  // namespace
}  // namespace carillon::trunk

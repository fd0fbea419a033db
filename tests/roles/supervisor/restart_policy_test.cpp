// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: at once, then 0.2 s doubling to 5 s, forgotten after a quiet minute; three deaths in a minute are too many.
#include "roles/supervisor/restart_policy.hpp"

#include <gtest/gtest.h>

namespace carillon::roles {
namespace {

constexpr Monotonic start{1h};

TEST(RestartPolicy, WaitsLongerEachTime) {
  RestartPolicy policy;
  const Duration waits[] = {0ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5s, 5s, 5s};
  Monotonic now = start;
  for (const Duration wait : waits) {
    EXPECT_EQ(policy.died(now), wait);
    now += wait;
  }
}

TEST(RestartPolicy, ForgetsAfterAMinute) {
  RestartPolicy policy;
  (void)policy.died(start);
  (void)policy.died(start + 1s);
  EXPECT_EQ(policy.died(start + 60s), 200ms);
  EXPECT_EQ(policy.died(start + 10min), 0ms);
}

TEST(RestartPolicy, ThreeInAMinuteAreTooMany) {
  RestartPolicy policy;
  (void)policy.died(start);
  (void)policy.died(start + 20s);
  EXPECT_FALSE(policy.is_unstable(start + 20s));
  (void)policy.died(start + 40s);
  EXPECT_TRUE(policy.is_unstable(start + 40s));
  EXPECT_TRUE(policy.is_unstable(start + 59s));
  EXPECT_FALSE(policy.is_unstable(start + 60s));
}

}  // namespace
}  // namespace carillon::roles

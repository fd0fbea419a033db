// SPDX-License-Identifier: GPL-3.0-or-later
// The demo platform: DemoBrand, DemoCompany, alice and bob, and as many subscribers more as a load test wants.
#pragma once

#include "base/time.hpp"
#include "store/database.hpp"

namespace carillon::store {

struct DemoOptions {
  int subscribers = 0;  ///< Further terminals user0001, user0002, … with extensions 100001, …
  int tenants = 0;      ///< Spread over that many further customers tenant0001.example, …; 0 = all in DemoCompany.
  static constexpr int max_subscribers = 1'000'000;
  static constexpr int max_tenants = 10'000;
};

/// Fills an empty, migrated database. With T tenants, subscriber i (from 1) belongs to tenant ((i - 1) mod T) + 1; names and
/// extensions are counted over all of them, so user0007 exists once.
Result<> load_demo_data(Database& database, const DemoOptions& options, Instant now);

}  // namespace carillon::store

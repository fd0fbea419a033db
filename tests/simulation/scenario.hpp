// SPDX-License-Identifier: GPL-3.0-or-later
// One seed's life of a platform: two companies that talk for minutes while processes die, disks fail and networks lose, then
// quiet, then the reckoning.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "directory/snapshot.hpp"

namespace carillon::simulation {

struct Outcome {
  std::vector<std::string> faults;  ///< Empty: every promise was kept.
  double simulated_seconds = 0;
  std::uint64_t messages = 0;
  std::uint64_t calls = 0;
  std::uint64_t answered = 0;
  std::uint64_t deaths = 0;          ///< Of processes.
  std::vector<std::string> died_at;  ///< The marked points at which they died.
  std::uint64_t digest = 0;          ///< Of everything that was sent, with its time: equal for equal seeds.
};

/// Gets each line of the ladder; empty: nobody wants it.
using Ladder = std::function<void(std::string_view line)>;

/// The two companies, of the demo's making.
std::shared_ptr<const directory::Snapshot> companies();

/// Runs one seed. One at a time in a process, which is best forked for it: what it leaves in static memory is nobody's.
Outcome run(std::uint64_t seed, const std::shared_ptr<const directory::Snapshot>& snapshot, const Ladder& ladder);

}  // namespace carillon::simulation

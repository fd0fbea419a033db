// SPDX-License-Identifier: GPL-3.0-or-later
// Where the simulation's workers stand: tests/simulation/worker.cpp takes the place of src/base/worker.cpp.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "base/loop.hpp"

namespace carillon {
class Worker;
}

namespace carillon::simulation {

struct WorkerGround {
  Loop& loop;
  std::function<Duration()> flush_time;  ///< How long the disk takes for what waits.
  bool is_frozen = false;                ///< Their process is dead: nothing they have is done.
  std::map<Worker*, std::unique_ptr<Timer>> timers{};
};

extern WorkerGround* the_workers;

}  // namespace carillon::simulation

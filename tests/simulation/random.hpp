// SPDX-License-Identifier: GPL-3.0-or-later
// Identifiers that depend on the seed alone.
#pragma once

#include <cstdint>

namespace carillon::simulation {

/// From now on random_bits() gives what follows from the seed. Links in place of the system's getrandom().
void start_randomness(std::uint64_t seed);

}  // namespace carillon::simulation

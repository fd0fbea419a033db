// SPDX-License-Identifier: GPL-3.0-or-later
// The system's random source, replaced by one that a seed fills: the same seed makes the same tags, branches and ids.
#include "simulation/random.hpp"

#include <sys/random.h>

#include <cstring>
#include <random>

#include "base/id.hpp"

namespace {
std::mt19937_64 source;  // NOLINT(cert-msc51-cpp): seeded by start_randomness()
std::size_t times_asked = 0;
}  // namespace

extern "C" ssize_t getrandom(void* buffer, std::size_t size, unsigned) {
  auto* bytes = static_cast<unsigned char*>(buffer);
  for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
    const std::uint64_t word = source();
    std::memcpy(bytes + at, &word, std::min(sizeof(word), size - at));
  }
  ++times_asked;
  return static_cast<ssize_t>(size);
}

namespace carillon::simulation {

void start_randomness(std::uint64_t seed) {
  source.seed(seed);
  // What base/id.cpp has in store is another seed's.
  for (const std::size_t before = times_asked; times_asked == before;) (void)random_bits();
}

}  // namespace carillon::simulation

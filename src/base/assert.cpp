// SPDX-License-Identifier: GPL-3.0-or-later
// How the process ends when its own memory, money or tenancy is wrong: with the place on stderr and a core.
#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace carillon {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "assertion failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace carillon

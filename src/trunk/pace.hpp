// SPDX-License-Identifier: GPL-3.0-or-later
// How many things began within the last minute, known to the second: a window that slides, in memory that does not grow.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"

namespace carillon::trunk {

class Pace {
 public:
  static constexpr Duration window = 60s;

  /// One more, if fewer than `most` began within the window. What is refused does not count.
  bool take(std::uint32_t most, Monotonic now);
  /// Nothing began within the window.
  bool is_idle(Monotonic now) const;

 private:
  /// A second more than the window: the oldest one has passed in part.
  static constexpr std::size_t seconds = 61;
  void move_to(Monotonic now);

  std::array<std::uint32_t, seconds> begun_{};  ///< In each second, in a circle.
  std::uint64_t sum_ = 0;
  std::int64_t second_ = 0;  ///< The newest.
};

}  // namespace carillon::trunk

// SPDX-License-Identifier: GPL-3.0-or-later
// Marked points: places between two steps of which the second makes up for the first, so that a process that dies there, as
// tests have it die, must lose nothing.
#pragma once

#include <string>
#include <string_view>

namespace carillon {

/// Called at every marked point while it is set, on the thread that passes; null, and one predictable branch, outside of tests.
/// Set before there is a second thread. A simulation sets its own, which may throw what ends its process.
using KillHook = void (*)(std::string_view point);
extern KillHook kill_hook;

/// Marks a point. Names are unique (`module.step`, a literal): tests find them in the sources.
inline void kill_point(std::string_view name) {
  if (kill_hook != nullptr) [[unlikely]]
    kill_hook(name);
}

/// Has this process kill itself where the environment says: CARILLON_KILL_AT is `name`, or `name:3` for the third time that the
/// point is passed. Several with commas are one death each, one after the other: CARILLON_KILLED names a file in which each death
/// leaves its name, by which all processes know whose turn it is, and which allows as many as it has lines `go`. Without it every
/// life dies at the first. Before the first thread.
void arm_kill_points();

}  // namespace carillon

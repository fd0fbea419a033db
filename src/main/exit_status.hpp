// SPDX-License-Identifier: GPL-3.0-or-later
// The three ways in which the program ends, which scripts rely on.
#pragma once

namespace carillon::main {

constexpr int exit_success = 0;
constexpr int exit_failure = 1;  ///< At run time.
constexpr int exit_usage = 2;    ///< Wrong usage or configuration, or not in this version.

}  // namespace carillon::main

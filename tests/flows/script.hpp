// SPDX-License-Identifier: GPL-3.0-or-later
// A call flow as a ladder in words. README.md here lists the words; each line is a step, run in order under the virtual
// clock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace carillon::flows {

/// Runs one file. Returns what went wrong ("line 7: bob does not ring within 1s"), or nothing.
std::string run_flow(const std::filesystem::path& file, std::uint64_t seed);

}  // namespace carillon::flows

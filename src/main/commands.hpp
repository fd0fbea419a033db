// SPDX-License-Identifier: GPL-3.0-or-later
// The commands. Each returns the exit status of the program and has said what went wrong.
#pragma once

#include <iosfwd>
#include <optional>

#include "base/configuration.hpp"
#include "main/command_line.hpp"

namespace carillon::main {

int run(const Serve& serve);
int run(const Demo& demo);
int run(const Role& role);
int run(const Init& init);
int run(const Backup& backup);
int run(const Restore& restore);
int run(const Check& check);
int run(const Explain& explain);
int run(const Control& control);

ConfigurationSources sources_of(const Settings& settings);
/// The configuration, or nothing, and then every fault has gone to stderr.
std::optional<Configuration> load_configuration(const Settings& settings);

/// One line on stderr. Returns `status`.
int fail(int status, std::string_view what);
/// Of an error: what to do, else its code.
int fail(int status, const Error& error);

}  // namespace carillon::main

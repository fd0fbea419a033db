// SPDX-License-Identifier: GPL-3.0-or-later
// From options to configuration, and how commands complain.
#include <iostream>

#include "main/commands.hpp"
#include "main/exit_status.hpp"

namespace carillon::main {

ConfigurationSources sources_of(const Settings& settings) {
  ConfigurationSources sources{.presets = settings.presets, .file = settings.file, .overrides = {}};
  if (!settings.data_dir.empty()) sources.overrides.push_back("data.dir=" + settings.data_dir);
  sources.overrides.insert(sources.overrides.end(), settings.overrides.begin(), settings.overrides.end());
  return sources;
}

std::optional<Configuration> load_configuration(const Settings& settings) {
  auto loaded = Configuration::load(sources_of(settings));
  if (loaded) return *std::move(loaded);
  for (const ConfigurationProblem& problem : loaded.error()) std::cerr << problem.to_string() << '\n';
  return std::nullopt;
}

int fail(int status, std::string_view what) {
  std::cerr << "carillon: " << what << '\n';
  return status;
}

int fail(int status, const Error& error) {
  return fail(status, error.what.empty() ? error.code : std::string_view(error.what));
}

int run(const Check& check) {
  if (!load_configuration(check.settings)) return exit_usage;
  std::cout << check.settings.file << ": no faults\n";
  return exit_success;
}

}  // namespace carillon::main

// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a configuration file, and each of its lines as --set: values that fit their declaration come out, or faults with a
// place.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/configuration.hpp"
#include "support/temporary_directory.hpp"

namespace carillon {
namespace {

void check_loaded(const std::expected<Configuration, std::vector<ConfigurationProblem>>& loaded) {
  if (!loaded) {
    CARILLON_ASSERT(!loaded.error().empty());
    for (const ConfigurationProblem& problem : loaded.error()) CARILLON_ASSERT(!problem.to_string().empty());
    return;
  }
  for (const ConfigurationKey& key : configuration_keys()) {
    if (key.kind != ConfigurationKey::Kind::integer || key.is_later) continue;
    CARILLON_ASSERT(loaded->integer(key.name) >= key.minimum && loaded->integer(key.name) <= key.maximum);
  }
}

void check(std::string_view text) {
  static const testing::TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "carillon.toml";
  testing::write_file(file, text);
  check_loaded(Configuration::load({.presets = {}, .file = file, .overrides = {}}));
  ConfigurationSources sources;
  while (!text.empty() && sources.overrides.size() < 50) {
    const std::string_view line = text.substr(0, text.find('\n'));
    sources.overrides.emplace_back(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  check_loaded(Configuration::load(sources));
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::check({reinterpret_cast<const char*>(data), size});
  return 0;
}

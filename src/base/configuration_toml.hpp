// SPDX-License-Identifier: GPL-3.0-or-later
// A TOML file as a flat list of keys, so that the TOML library stays in one source file. For configuration.cpp only.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace carillon {

/// What a key was set to; monostate: something no key takes (a date, a number with decimals, a table in a list).
using ConfigurationSetting = std::variant<std::monostate, std::string, std::int64_t, bool, std::vector<std::string>>;

struct TomlKey {
  std::string name;  ///< With dots.
  int line = 0;
  ConfigurationSetting setting;
};

struct TomlSyntaxError {
  int line = 0;
  std::string what;
};

/// Every value of the text in the order of its lines, or where it stops being TOML.
std::expected<std::vector<TomlKey>, TomlSyntaxError> flatten_toml(std::string_view text);

}  // namespace carillon

// SPDX-License-Identifier: GPL-3.0-or-later
// Reading TOML: the only user of toml++.
#include "base/configuration_toml.hpp"

#include <algorithm>
#include <tuple>

#include <toml++/toml.h>

namespace carillon {
namespace {

constexpr int deepest = 16;  // No key has so many parts; what lies deeper is reported as unknown with its parts so far.

ConfigurationSetting list_of(const toml::array& array) {
  std::vector<std::string> items;
  for (const toml::node& node : array) {
    const auto item = node.value_exact<std::string>();
    if (!item) return {};
    items.push_back(*item);
  }
  return items;
}

ConfigurationSetting setting_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto integer = node.value_exact<std::int64_t>()) return *integer;
  if (const auto boolean = node.value_exact<bool>()) return *boolean;
  if (const toml::array* array = node.as_array()) return list_of(*array);
  return {};
}

void flatten(const toml::table& table, const std::string& prefix, int depth, std::vector<TomlKey>& into) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    const toml::table* inner = node.as_table();
    if (inner != nullptr && depth < deepest) {
      flatten(*inner, name + ".", depth + 1, into);
    } else {
      into.push_back(TomlKey{name, static_cast<int>(key.source().begin.line), setting_of(node)});
    }
  }
}

}  // namespace

std::expected<std::vector<TomlKey>, TomlSyntaxError> flatten_toml(std::string_view text) {
  try {
    const toml::table table = toml::parse(text);
    std::vector<TomlKey> keys;
    flatten(table, "", 0, keys);
    std::ranges::sort(keys, {}, [](const TomlKey& key) { return std::tie(key.line, key.name); });
    return keys;
  } catch (const toml::parse_error& error) {
    return std::unexpected(TomlSyntaxError{static_cast<int>(error.source().begin.line), std::string(error.description())});
  }
}

}  // namespace carillon

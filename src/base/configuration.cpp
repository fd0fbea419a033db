// SPDX-License-Identifier: GPL-3.0-or-later
// Checking what was set against the table of keys and filling in what was not.
#include "base/configuration.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <numeric>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/configuration_toml.hpp"
#include "base/ip_network.hpp"

namespace carillon {
namespace {

using Kind = ConfigurationKey::Kind;
using Fault = ConfigurationFault;

constexpr std::size_t largest_file = 1 << 20;

const ConfigurationKey* find_key(std::string_view name) {
  const auto keys = configuration_keys();
  const auto found = std::ranges::find(keys, name, &ConfigurationKey::name);
  return found == keys.end() ? nullptr : &*found;
}

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string suggestion(std::string_view name) {
  name = name.substr(0, 64);
  std::string_view nearest;
  std::size_t best = name.size() / 3 + 1;
  for (const ConfigurationKey& key : configuration_keys()) {
    const std::size_t steps = distance(name, key.name);
    if (steps <= best) {
      best = steps - 1;
      nearest = key.name;
    }
  }
  return nearest.empty() ? std::string() : fmt::format(", did you mean {}?", nearest);
}

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

bool is_endpoint(std::string_view text) {
  constexpr std::string_view scheme = "udp:";
  if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!host.contains(':')) return false;
  } else if (host.contains(':')) {
    return false;
  }
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0 && is_address(std::string(host));
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) return std::nullopt;
  std::string text(largest_file, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (text.size() == largest_file || std::ferror(file.get()) != 0) return std::nullopt;
  return text;
}

template <class Part>
std::vector<Part> split(std::string_view text, char separator) {
  std::vector<Part> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool is_list(Kind kind) {
  return kind == Kind::addresses || kind == Kind::networks;
}

constexpr std::string_view local_prefix = "unix:";
constexpr std::size_t longest_path = 100;  // unix(7) has 107; the sockets of further workers add a number.

std::string_view expectation(Kind kind) {
  switch (kind) {
    case Kind::text:
    case Kind::choice:
    case Kind::endpoint:
    case Kind::local_socket:
      return "expected a text in quotes";
    case Kind::integer:
      return "expected a whole number";
    case Kind::boolean:
      return "expected true or false";
    case Kind::addresses:
      return "expected an address in quotes or a list of them";
    case Kind::networks:
      return "expected a network in quotes or a list of them";
  }
  return {};
}

/// What `text` of a default or override means for this kind of key; monostate when it means nothing.
ConfigurationSetting read_setting(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::text:
    case Kind::choice:
    case Kind::endpoint:
    case Kind::local_socket:
      return std::string(text);
    case Kind::addresses:
    case Kind::networks:
      return split<std::string>(text, ',');
    case Kind::boolean:
      if (text == "true" || text == "false") return text == "true";
      return {};
    case Kind::integer: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) return {};
      return number;
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(ConfigurationFault fault) {
  switch (fault) {
    case Fault::unreadable:
      return "configuration.unreadable";
    case Fault::syntax:
      return "configuration.syntax";
    case Fault::unknown_key:
      return "configuration.unknown_key";
    case Fault::wrong_type:
      return "configuration.wrong_type";
    case Fault::out_of_range:
      return "configuration.out_of_range";
    case Fault::bad_address:
      return "configuration.bad_address";
    case Fault::not_in_this_version:
      return "configuration.not_in_this_version";
    case Fault::bad_override:
      return "configuration.bad_override";
  }
  return {};
}

std::string ConfigurationProblem::to_string() const {
  return key.empty() ? fmt::format("{}: {}", place, what) : fmt::format("{}: {}: {}", place, key, what);
}

/// Applies sources one after the other and collects what is wrong with them.
class ConfigurationLoader {
 public:
  ConfigurationLoader() {
    for (const ConfigurationKey& key : configuration_keys()) {
      if (key.same_as.empty()) configuration_.values_[std::string(key.name)] = value_of(read_setting(key.kind, key.fallback));
    }
  }

  void apply_texts(const std::vector<std::string>& texts, std::string_view place) {
    place_ = place;
    line_ = 0;
    for (const std::string& text : texts) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos) {
        report(Fault::bad_override, text, "write it as key=value");
        continue;
      }
      const std::string name = text.substr(0, equals);
      const ConfigurationKey* key = find_key(name);
      if (key == nullptr) {
        report_unknown(name);
      } else {
        set(*key, read_setting(key->kind, std::string_view(text).substr(equals + 1)));
      }
    }
  }

  void apply_file(const std::filesystem::path& path) {
    place_ = path.string();
    line_ = 0;
    const std::optional<std::string> text = read_file(path);
    if (!text) {
      return report(Fault::unreadable, "",
                    "the file cannot be read: check that it exists, who may read it, and that it is below 1 MB");
    }
    const auto keys = flatten_toml(*text);
    if (!keys) {
      go_to(path, keys.error().line);
      return report(Fault::syntax, "", keys.error().what);
    }
    for (const TomlKey& found : *keys) {
      go_to(path, found.line);
      const ConfigurationKey* key = find_key(found.name);
      if (key == nullptr) {
        report_unknown(found.name);
      } else {
        set(*key, found.setting);
      }
    }
  }

  std::expected<Configuration, std::vector<ConfigurationProblem>> finish() {
    for (const ConfigurationKey& key : configuration_keys()) {
      const std::string name(key.name);
      if (!key.same_as.empty() && !configuration_.is_set(name)) {
        configuration_.values_[name] = configuration_.values_.find(key.same_as)->second;
      }
    }
    if (problems_.empty() && configuration_.integer("media.port_min") >= configuration_.integer("media.port_max")) {
      const auto set_at = places_.find("media.port_max");
      std::tie(place_, line_) = set_at != places_.end() ? set_at->second : places_["media.port_min"];
      report(Fault::out_of_range, "media.port_max", "it must be greater than media.port_min");
    }
    if (!problems_.empty()) return std::unexpected(std::move(problems_));
    return std::move(configuration_);
  }

 private:
  static Configuration::Value value_of(ConfigurationSetting setting) {
    return std::visit(
        [](auto&& value) -> Configuration::Value {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
            return std::string();
          } else {
            return std::forward<decltype(value)>(value);
          }
        },
        std::move(setting));
  }

  void go_to(const std::filesystem::path& path, int line) {
    line_ = line;
    place_ = fmt::format("{}:{}", path.string(), line);
  }

  void report(Fault fault, std::string_view key, std::string_view what) {
    problems_.push_back(ConfigurationProblem{fault, place_, line_, std::string(key.substr(0, 128)), std::string(what)});
  }
  void report_unknown(const std::string& name) { report(Fault::unknown_key, name, "this key is unknown" + suggestion(name)); }

  void set(const ConfigurationKey& key, ConfigurationSetting setting) {
    if (key.is_later) return report(Fault::not_in_this_version, key.name, "not in this version: remove it");
    if (auto* single = std::get_if<std::string>(&setting); single != nullptr && is_list(key.kind)) {
      setting = std::vector<std::string>{std::move(*single)};
    }
    if (!check(key, setting)) return;
    configuration_.values_[std::string(key.name)] = value_of(std::move(setting));
    configuration_.set_.emplace(key.name);
    places_[std::string(key.name)] = {place_, line_};
  }

  bool check(const ConfigurationKey& key, const ConfigurationSetting& setting) {
    const std::size_t before = problems_.size();
    const auto* text = std::get_if<std::string>(&setting);
    const auto* number = std::get_if<std::int64_t>(&setting);
    const auto* addresses = std::get_if<std::vector<std::string>>(&setting);
    if (text != nullptr && (key.kind == Kind::text || key.kind == Kind::local_socket)) {
      check_text(key, *text);
    } else if (text != nullptr && key.kind == Kind::endpoint) {
      if (!text->empty() && !is_endpoint(*text))
        report(Fault::bad_address, key.name, "write a numeric address and a port, as 192.0.2.9:9060");
    } else if (text != nullptr && key.kind == Kind::choice) {
      const auto choices = split<std::string_view>(key.choices, ' ');
      if (std::ranges::find(choices, *text) == choices.end()) {
        report(Fault::out_of_range, key.name, fmt::format("use one of {}", fmt::join(choices, ", ")));
      }
    } else if (number != nullptr && key.kind == Kind::integer) {
      if (*number < key.minimum || *number > key.maximum) {
        report(Fault::out_of_range, key.name, fmt::format("use a number from {} to {}", key.minimum, key.maximum));
      }
    } else if (addresses != nullptr && key.kind == Kind::addresses) {
      check_addresses(key, *addresses);
    } else if (addresses != nullptr && key.kind == Kind::networks) {
      check_networks(key, *addresses);
    } else if (!std::holds_alternative<bool>(setting) || key.kind != Kind::boolean) {
      report(Fault::wrong_type, key.name, expectation(key.kind));
    }
    return problems_.size() == before;
  }

  void check_text(const ConfigurationKey& key, std::string_view text) {
    const auto prefixes = split<std::string_view>(key.prefixes, ' ');
    const bool is_known =
        prefixes.empty() || std::ranges::any_of(prefixes, [&](auto prefix) { return text.starts_with(prefix); });
    if (!key.later_prefix.empty() && text.starts_with(key.later_prefix)) {
      report(Fault::not_in_this_version, key.name, fmt::format("{}… is not in this version", key.later_prefix));
    } else if (!is_known) {
      report(Fault::out_of_range, key.name, fmt::format("it must begin with {}", fmt::join(prefixes, " or ")));
    } else if (key.kind == Kind::local_socket && !text.empty()) {
      check_path(key, text.starts_with(local_prefix) ? text.substr(local_prefix.size()) : text);
    }
  }

  void check_path(const ConfigurationKey& key, std::string_view path) {
    if (!path.starts_with('/')) report(Fault::out_of_range, key.name, "give an absolute path");
    if (path.size() > longest_path) report(Fault::out_of_range, key.name, "the path is too long for a local socket");
  }

  void check_addresses(const ConfigurationKey& key, const std::vector<std::string>& addresses) {
    if (addresses.empty()) report(Fault::bad_address, key.name, "give at least one address");
    for (const std::string& address : addresses) {
      if (!is_address(address)) {
        report(Fault::bad_address, key.name, fmt::format("\"{}\" is not a numeric IPv4 or IPv6 address", address.substr(0, 64)));
      }
    }
  }

  void check_networks(const ConfigurationKey& key, const std::vector<std::string>& networks) {
    for (const std::string& network : networks) {
      if (IpNetwork::parse(network)) continue;
      report(
          Fault::bad_address, key.name,
          fmt::format("\"{}\" is not a network like 192.0.2.0/24: bits behind its length must be zero", network.substr(0, 64)));
    }
  }

  Configuration configuration_;
  std::vector<ConfigurationProblem> problems_;
  std::map<std::string, std::pair<std::string, int>, std::less<>> places_;  ///< Where keys were set last.
  std::string place_;
  int line_ = 0;
};

std::expected<Configuration, std::vector<ConfigurationProblem>> Configuration::load(const ConfigurationSources& sources) {
  ConfigurationLoader loader;
  loader.apply_texts(sources.presets, "default");
  if (!sources.file.empty()) loader.apply_file(sources.file);
  loader.apply_texts(sources.overrides, "--set");
  return loader.finish();
}

template <class T>
const T& Configuration::value(std::string_view key) const {
  const auto found = values_.find(key);
  CARILLON_ASSERT(found != values_.end() && std::holds_alternative<T>(found->second));
  return std::get<T>(found->second);
}

const std::string& Configuration::text(std::string_view key) const {
  return value<std::string>(key);
}
std::int64_t Configuration::integer(std::string_view key) const {
  return value<std::int64_t>(key);
}
bool Configuration::boolean(std::string_view key) const {
  return value<bool>(key);
}
const std::vector<std::string>& Configuration::addresses(std::string_view key) const {
  return value<std::vector<std::string>>(key);
}
bool Configuration::is_set(std::string_view key) const {
  return set_.contains(key);
}

}  // namespace carillon

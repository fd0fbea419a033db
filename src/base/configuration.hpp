// SPDX-License-Identifier: GPL-3.0-or-later
// The operator's TOML file: every key is declared once with type, default, range and meaning, and every fault of a file is
// reported with its line in one go, before anything starts.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace carillon {

/// One key of the configuration.
struct ConfigurationKey {
  enum class Kind : std::uint8_t {
    text,
    integer,  ///< Within minimum..maximum.
    boolean,
    addresses,     ///< One numeric IPv4 or IPv6 address or a list of them.
    networks,      ///< A list of ranges: 192.0.2.0/24, or one address. It may be empty.
    choice,        ///< One of the words of `choices`, separated by spaces.
    endpoint,      ///< Empty, or a numeric address and a port, which may follow `udp:`; IPv6 in brackets.
    local_socket,  ///< Empty, or an absolute path, which may follow `unix:`.
  };
  std::string_view name;  ///< With dots: "sip.users.port".
  Kind kind = Kind::text;
  std::string_view fallback;  ///< The default, written as for --set; lists with commas.
  std::string_view doc;
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
  std::string_view choices = {};
  std::string_view same_as = {};       ///< Takes this key's value when not set.
  std::string_view prefixes = {};      ///< What a text must begin with one of, separated by spaces; empty: anything.
  bool is_later = false;               ///< Known, and a fault when set: not in this version.
  std::string_view later_prefix = {};  ///< A text that begins so is not in this version.
};

/// All keys of this version and those to come, sorted by name.
std::span<const ConfigurationKey> configuration_keys();

enum class ConfigurationFault {
  unreadable,
  syntax,
  unknown_key,
  wrong_type,
  out_of_range,
  bad_address,
  not_in_this_version,
  bad_override
};
std::string_view name_of(ConfigurationFault fault);

/// What is wrong, and where.
struct ConfigurationProblem {
  ConfigurationFault fault;
  std::string place;  ///< "carillon.toml:12", or "--set", or "default" of a preset.
  int line = 0;       ///< In the file; 0 elsewhere.
  std::string key;    ///< Empty when the file as a whole is at fault.
  std::string what;   ///< One sentence that says what to do.

  /// "carillon.toml:12: sip.users.prot: this key is unknown, did you mean sip.users.port?"
  std::string to_string() const;
};

/// Where values come from; later ones win.
struct ConfigurationSources {
  std::vector<std::string> presets;    ///< "key=value": other defaults, as demo has them.
  std::filesystem::path file;          ///< Empty: none.
  std::vector<std::string> overrides;  ///< "key=value" of --set.
};

/// The values in force. Immutable; asking for a key that is not declared, or as another kind, is a fault of the program and
/// aborts.
class Configuration {
 public:
  static std::expected<Configuration, std::vector<ConfigurationProblem>> load(const ConfigurationSources& sources);

  const std::string& text(std::string_view key) const;  ///< text and choice.
  std::int64_t integer(std::string_view key) const;
  bool boolean(std::string_view key) const;
  const std::vector<std::string>& addresses(std::string_view key) const;  ///< addresses and networks.
  /// Set by preset, file or override.
  bool is_set(std::string_view key) const;

 private:
  friend class ConfigurationLoader;
  using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;
  template <class T>
  const T& value(std::string_view key) const;
  std::map<std::string, Value, std::less<>> values_;  ///< Of every key.
  std::set<std::string, std::less<>> set_;
};

}  // namespace carillon

// SPDX-License-Identifier: GPL-3.0-or-later
// What was typed, as values: the commands of the contract with their options, or how to end at once.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace carillon::main {

/// Where settings come from; every command has them.
struct Settings {
  std::string file;
  std::string data_dir;  ///< --data; empty: as configured.
  std::vector<std::string> presets;
  std::vector<std::string> overrides;
};

struct Serve {
  Settings settings;
  std::vector<std::string> roles;
};
struct Demo {
  Settings settings;
  int subscribers = 0;
  int tenants = 0;
};
/// One role's process, as the supervisor starts it.
struct Role {
  Settings settings;
  std::string role;
  bool is_demo = false;
};
struct Init {
  Settings settings;
  std::string login;
};
struct Backup {
  Settings settings;
  std::string file;
};
struct Restore {
  Settings settings;
  std::string file;
};
struct Check {
  Settings settings;
};
struct Explain {
  Settings settings;
  std::string from;
  std::string carrier;  ///< That brings the call, by name or id; empty: a telephone makes it.
  std::string to;
  std::string as;  ///< With which number the caller's device says that it calls.
  std::string at;
};
struct Control {
  enum class Word { calls, registrations, bans, drain, reload, trace };
  Settings settings;
  Word word{};
  bool as_json = false;
  std::string hang_up;     ///< The id of a call to end.
  std::string trace;       ///< The id of a call to show.
  std::string lift;        ///< The name of a ban to lift.
  bool is_undone = false;  ///< Calls are taken again.
  bool is_ended = false;   ///< Records instead of live calls.
  int limit = 20;          ///< How many records.
};
/// Help was asked for, or what was typed is wrong or not in this version: all has been said.
struct Finished {
  int status = 0;
};
using Command = std::variant<Finished, Serve, Demo, Role, Init, Backup, Restore, Check, Explain, Control>;

Command parse_command_line(int argc, const char* const* argv);

}  // namespace carillon::main

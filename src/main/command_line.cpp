// SPDX-License-Identifier: GPL-3.0-or-later
// The command line, declared with CLI11, which stays in this file.
#include "main/command_line.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "main/exit_status.hpp"
#include "store/demo_data.hpp"

namespace carillon::main {

namespace {

constexpr const char* file_help = "configuration file (TOML)";
constexpr const char* all_roles[] = {"signalling", "media", "web", "jobs"};

/// Builds the commands; each writes what it was given into `command` when it was typed.
class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.set_help_all_flag("--help-all", "Show the help of all commands");
    app_.footer("`carillon COMMAND --help` says more. Exit status: 0 done, 1 failed, 2 wrong usage or configuration.");
    add_serve();
    add_demo();
    add_init();
    add_check();
    add_explain();
    add_ctl();
    add_backup();
    add_restore();
    add_role();
  }

  Command parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      std::cout << app_.help();
      return Finished{exit_success};
    } catch (const CLI::CallForAllHelp&) {
      std::cout << app_.help("", CLI::AppFormatMode::All);
      return Finished{exit_success};
    } catch (const CLI::ParseError& error) {
      std::cerr << "carillon: " << error.what() << ": see carillon --help\n";
      return Finished{exit_usage};
    }
    return std::move(command_);
  }

 private:
  /// A command whose value is `prototype`, filled in by its options.
  template <class T>
  CLI::App* add(const std::string& name, const std::string& help, const std::shared_ptr<T>& value) {
    CLI::App* made = app_.add_subcommand(name, help);
    made->callback([this, value] { command_ = *value; });
    return made;
  }

  static void add_settings(CLI::App* command, Settings& settings, bool needs_file) {
    auto* file = command->add_option("--config", settings.file, file_help);
    if (needs_file) file->required();
    command->add_option("--data", settings.data_dir, "data directory, instead of the configured data.dir");
    add_set(command, settings);
  }
  static void add_set(CLI::App* command, Settings& settings) {
    command->add_option("--set", settings.overrides, "override a configuration key: --set sip.users.port=25060")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
  }

  void add_serve() {
    auto serve = std::make_shared<Serve>();
    auto roles = std::make_shared<std::string>("all");
    CLI::App* command = add("serve", "Run the platform", serve);
    add_settings(command, serve->settings, true);
    command->add_option("--roles", *roles, "all, or some of signalling,media,web,jobs")->capture_default_str();
    command->callback([this, serve, roles] { finish_serve(*serve, *roles); });
  }

  void finish_serve(Serve serve, const std::string& roles) {
    command_ = Finished{exit_usage};
    for (const std::string& role : CLI::detail::split(roles, ',')) {
      if (role == "edge") {
        std::cerr << "carillon serve: role edge: not in this version\n";
        return;
      }
      const bool is_known = std::find(std::begin(all_roles), std::end(all_roles), role) != std::end(all_roles);
      if (role != "all" && !is_known) {
        std::cerr << "carillon serve: there is no role '" << role << "': take all, or some of signalling,media,web,jobs\n";
        return;
      }
      for (const std::string one : all_roles) {
        const bool is_there = std::find(serve.roles.begin(), serve.roles.end(), one) != serve.roles.end();
        if ((role == "all" || role == one) && !is_there) serve.roles.push_back(one);
      }
    }
    command_ = std::move(serve);
  }

  void add_demo() {
    auto demo = std::make_shared<Demo>();
    CLI::App* command = add("demo", "Run the platform with demo data, on 127.0.0.1 only", demo);
    command->add_option("--data", demo->settings.data_dir,
                        "directory to run in, new or of an earlier demo; default: a new one in /tmp");
    command->add_option("--subscribers", demo->subscribers, "further SIP accounts user0001, user0002, … for load tests")
        ->check(CLI::Range(0, store::DemoOptions::max_subscribers));
    command->add_option("--tenants", demo->tenants, "spread them over that many further customers")
        ->check(CLI::Range(0, store::DemoOptions::max_tenants));
    add_set(command, demo->settings);
  }

  void add_init() {
    auto init = std::make_shared<Init>();
    init->login = "admin";
    CLI::App* command = add("init", "Create the database and the first administrator", init);
    add_settings(command, init->settings, true);
    command->add_option("--login", init->login, "login name of the administrator")->capture_default_str();
    command->footer(
        "Asks for a password when there is a terminal; otherwise, or when none is typed, one is generated and printed.");
  }

  void add_backup() {
    auto backup = std::make_shared<Backup>();
    CLI::App* command = add("backup", "Write database and certificates into a file, while the platform runs", backup);
    add_settings(command, backup->settings, false);
    command->add_option("file", backup->file, "a new file, like carillon.tar.gz")->required();
  }

  void add_restore() {
    auto restore = std::make_shared<Restore>();
    CLI::App* command = add("restore", "Put a backup into an empty database, of either kind, while the platform stands", restore);
    add_settings(command, restore->settings, false);
    command->add_option("file", restore->file, "what backup wrote")->required();
  }

  void add_check() {
    auto check = std::make_shared<Check>();
    add_settings(add("check", "Check a configuration file: every fault with its line", check), check->settings, true);
  }

  void add_explain() {
    auto explain = std::make_shared<Explain>();
    CLI::App* command = add("explain", "Say where a call would go, and why, without making one", explain);
    add_settings(command, explain->settings, false);
    command
        ->add_option("--from", explain->from,
                     "who calls: a terminal (alice, alice@users.example.com) or an extension; with --carrier, a number")
        ->required();
    command->add_option("--carrier", explain->carrier, "the carrier that brings the call, by name or id");
    command->add_option("--to", explain->to, "the number dialled")->required();
    command->add_option("--as", explain->as, "the number that the caller's device says it calls with");
    command->add_option("--at", explain->at, "when, like 2026-11-21T10:00:00Z; default: now");
  }

  void add_ctl() {
    auto control = std::make_shared<Control>();
    CLI::App* ctl = app_.add_subcommand("ctl", "Ask or tell the running platform something");
    ctl->require_subcommand(1);
    ctl->fallthrough();
    add_settings(ctl, control->settings, false);
    ctl->add_flag("--json", control->as_json, "print JSON");
    const auto word = [&](const char* name, const char* help, Control::Word which) {
      CLI::App* made = ctl->add_subcommand(name, help);
      made->callback([this, control, which] {
        control->word = which;
        command_ = *control;
      });
      return made;
    };
    CLI::App* calls = word("calls", "List the calls that are going on", Control::Word::calls);
    auto* hang_up = calls->add_option("--hang-up", control->hang_up, "end the call with this id instead");
    auto* ended = calls->add_flag("--ended", control->is_ended, "list the newest records of calls that are over");
    ended->excludes(hang_up);
    calls->add_option("--limit", control->limit, "how many records")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str()
        ->needs(ended);
    word("registrations", "List the devices that can be reached", Control::Word::registrations);
    word("bans", "List who is kept out: floods and wrong passwords", Control::Word::bans)
        ->add_option("--lift", control->lift, "let this address or account in again instead");
    word("reload", "Read certificates again", Control::Word::reload);
    word("drain", "Take no new calls, let those that run go on, and say how many do", Control::Word::drain)
        ->add_flag("--undo", control->is_undone, "take calls again instead");
    word("trace", "Show what happened to a call: its messages, why it went where it went, how its media fared",
         Control::Word::trace)
        ->add_option("call", control->trace, "the call's id, as `ctl calls` and the records show it")
        ->required();
  }

  void add_role() {
    auto role = std::make_shared<Role>();
    CLI::App* command = add("role", "", role);
    command->group("");  // Hidden: the supervisor alone uses it.
    command->add_option("name", role->role)->required();
    command->add_option("--config", role->settings.file);
    command->add_option("--preset", role->settings.presets)->expected(1)->take_all()->allow_extra_args(false);
    add_set(command, role->settings);
    command->add_flag("--demo", role->is_demo);
  }

  CLI::App app_{"Carillon: a telephone exchange for many companies", "carillon"};
  Command command_;
};

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  return CommandLine().parse(argc, argv);
}

}  // namespace carillon::main

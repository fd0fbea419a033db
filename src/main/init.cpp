// SPDX-License-Identifier: GPL-3.0-or-later
// `carillon init`: the database and somebody who may log in. There are no default passwords.
#include <iostream>

#include <termios.h>
#include <unistd.h>

#include "main/commands.hpp"
#include "main/exit_status.hpp"
#include "main/node.hpp"
#include "model/administrator.hpp"
#include "roles/supervisor/data_directory.hpp"
#include "store/credentials.hpp"
#include "store/edit.hpp"
#include "store/logins.hpp"
#include "store/password_policy.hpp"

namespace carillon::main {

namespace {

/// Reads a line without showing it.
std::string read_hidden_line() {
  termios shown{};
  tcgetattr(STDIN_FILENO, &shown);
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  std::getline(std::cin, line);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  std::cout << std::endl;
  return line;
}

/// A typed password, or an empty one when none was typed.
Secret ask_password(const std::string& login) {
  if (isatty(STDIN_FILENO) == 0) return {};
  while (true) {
    std::cout << "Password for " << login << " (at least " << store::password_min
              << " characters; empty: one is generated): " << std::flush;
    Secret password(read_hidden_line());
    if (password.is_empty()) return {};
    const std::string fault = store::password_fault(password.reveal(), login);
    if (!fault.empty()) {
      std::cout << "It " << fault << ".\n";
      continue;
    }
    std::cout << "Once more: " << std::flush;
    if (read_hidden_line() == password.reveal()) return password;
    std::cout << "The two differ.\n";
  }
}

/// `must_change`: nobody chose the password, so it is good for choosing one.
Result<> add_administrator(store::Database& database, const std::string& login, const Secret& password, bool must_change) {
  model::Administrator administrator;
  administrator.level = model::Level::platform;
  administrator.login = login;
  administrator.password_hash = store::hash_password(password.reveal());
  CARILLON_TRY(edit, store::Edit::begin(database, {}, system_wall_time()));
  CARILLON_CHECK(edit.insert(administrator));
  CARILLON_CHECK(store::set_password(database, administrator.id.value, administrator.password_hash, must_change, 0));
  CARILLON_CHECK(edit.commit());
  return {};
}

}  // namespace

int run(const Init& init) {
  const auto configuration = load_configuration(init.settings);
  if (!configuration) return exit_usage;
  const auto lock = roles::DataLock::take({configuration->text("data.dir")});
  if (!lock) return fail(exit_failure, lock.error());
  const auto database = prepare_data(*configuration, store::Access::create);
  if (!database) return fail(exit_failure, database.error());
  const auto existing = store::list<model::Administrator>(**database, {}, {.filters = {{"level", "platform"}}});
  if (!existing) return fail(exit_failure, existing.error());
  if (!existing->empty()) {
    return fail(exit_failure, "the platform has an administrator already (" + existing->front().login + "): nothing was changed");
  }
  Secret password = ask_password(init.login);
  const bool is_generated = password.is_empty();
  if (is_generated) password = Secret(store::generate_password());
  if (auto added = add_administrator(**database, init.login, password, is_generated); !added)
    return fail(exit_failure, added.error());
  std::cout << "The database is ready. Administrator: " << init.login << '\n';
  if (is_generated) std::cout << "First password (shown once; it can only choose another): " << password.reveal() << '\n';
  return exit_success;
}

}  // namespace carillon::main

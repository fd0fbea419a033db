// SPDX-License-Identifier: GPL-3.0-or-later
// `carillon serve`: the platform in earnest.
#include <iostream>

#include "base/log.hpp"
#include "main/commands.hpp"
#include "main/exit_status.hpp"
#include "main/node.hpp"
#include "roles/supervisor/data_directory.hpp"
#include "store/logins.hpp"
#include "store/second_factors.hpp"

namespace carillon::main {

namespace {

/// Whoever saw `init` run, or its output, knows them.
void warn_of_first_passwords(store::Database& database) {
  const auto names = store::unchanged_first_passwords(database);
  if (!names) return;
  for (const std::string& name : *names) log::warning("serve", "first_password.in_force", {{"login", name}});
}

/// After a restore without its key file.
void warn_of_lost_second_factors(store::Database& database, const roles::DataDir& data) {
  const auto sealer = store::Sealer::load(data.master_key());
  const auto lost =
      sealer ? store::count_lost_second_factors(database, *sealer) : Result<std::int64_t>(std::unexpected(sealer.error()));
  if (!lost) log::error("serve", "master_key.unusable", {{"fault", lost.error().code}, {"error", lost.error()}});
  if (lost && *lost > 0) log::error("serve", "master_key.of_another_database", {{"second_factors_lost", *lost}});
}

}  // namespace

int run(const Serve& serve) {
  const auto configuration = load_configuration(serve.settings);
  if (!configuration) return exit_usage;
  const auto lock = roles::DataLock::take({configuration->text("data.dir")});
  if (!lock) return fail(lock.error().is(roles::DataFault::demo) ? exit_usage : exit_failure, lock.error());
  const auto database = prepare_data(*configuration, store::Access::write);
  const bool is_file = configuration->text("database.url").starts_with("sqlite:");
  if (!database && is_file && database.error().is(store::Fault::open)) {
    return fail(exit_failure, database.error().what + ": run `carillon init` first");
  }
  if (!database) return fail(exit_failure, database.error());
  warn_of_first_passwords(**database);
  warn_of_lost_second_factors(**database, {configuration->text("data.dir")});
  const auto on_ready = [](const std::vector<net::Address>&) { std::cout << "carillon ready" << std::endl; };
  return run_node({.configuration = *configuration, .settings = serve.settings, .roles = serve.roles, .on_ready = on_ready});
}

}  // namespace carillon::main

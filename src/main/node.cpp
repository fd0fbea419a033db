// SPDX-License-Identifier: GPL-3.0-or-later
// One node: supervisor in this process, one child per role.
#include "main/node.hpp"

#include <fstream>
#include <iterator>

#include <sys/prctl.h>

#include "base/kill_point.hpp"
#include "base/log.hpp"
#include "main/commands.hpp"
#include "main/exit_status.hpp"
#include "net/certificate.hpp"
#include "roles/jobs/jobs_role.hpp"
#include "roles/journal_name.hpp"
#include "roles/media/media_role.hpp"
#include "roles/signalling/signalling_role.hpp"
#include "roles/supervisor/process.hpp"
#include "roles/supervisor/supervisor.hpp"
#include "roles/web/web_role.hpp"
#include "store/country_targets.hpp"
#include "store/high_cost_numbers.hpp"
#include "store/migrations.hpp"
#include "store/seal.hpp"

namespace carillon::main {

namespace {

/// A copy of the configuration file that roles are started with, also later, whatever becomes of the file.
Result<std::optional<roles::InheritedFile>> frozen_file(const std::string& path) {
  if (path.empty()) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CARILLON_TRY(frozen, roles::InheritedFile::make(content));
  return std::move(frozen);
}

std::vector<std::string> role_arguments(const Node& node, const std::string& role,
                                        const std::optional<roles::InheritedFile>& file) {
  std::vector<std::string> arguments{"carillon", "role", role};
  const auto add = [&](const char* option, const std::string& value) { arguments.insert(arguments.end(), {option, value}); };
  if (file) add("--config", file->path());
  const ConfigurationSources sources = sources_of(node.settings);
  for (const std::string& preset : sources.presets) add("--preset", preset);
  for (const std::string& override_ : sources.overrides) add("--set", override_);
  if (node.is_demo) arguments.push_back("--demo");
  return arguments;
}

void set_log_level(const Configuration& configuration) {
  if (const auto level = log::level_from(configuration.text("log.level"))) log::set_level(*level);
}

}  // namespace

std::vector<net::Address> addresses_of(const Configuration& configuration, std::string_view key, std::string_view port_key) {
  std::vector<net::Address> addresses;
  const auto port = static_cast<std::uint16_t>(configuration.integer(port_key));
  for (const std::string& text : configuration.addresses(key)) {
    if (const auto address = net::Address::parse(text, port)) addresses.push_back(*address);
  }
  return addresses;
}

Result<std::unique_ptr<store::Database>> prepare_data(const Configuration& configuration, store::Access access) {
  const roles::DataDir data{configuration.text("data.dir")};
  CARILLON_TRY(database, store::open(configuration.text("database.url"), data.root, access));
  CARILLON_CHECK(database->check_walls());
  CARILLON_TRY(has_schema, database->has_table("schema_migrations"));
  if (!has_schema && access != store::Access::create) {
    return failure(store::Fault::not_migrated, "The database is empty: run `carillon init` first.");
  }
  CARILLON_CHECK(store::migrate(*database));
  CARILLON_CHECK(database->confine({}));
  CARILLON_CHECK(store::make_missing_country_targets(*database, system_wall_time()));
  CARILLON_CHECK(store::make_missing_high_cost_numbers(*database, system_wall_time()));
  CARILLON_CHECK(store::Sealer::make(data.master_key()));
  if (database->kind() == store::DatabaseKind::postgresql) CARILLON_CHECK(roles::name_journal(data));
  if (configuration.text("tls.certificate").empty()) {
    std::vector<std::string> names{"localhost"};
    for (const net::Address& address : addresses_of(configuration, "http.address", "http.port")) {
      if (!address.is_unspecified()) names.push_back(address.host());
    }
    CARILLON_CHECK(net::make_self_signed_certificate({data.certificate(), data.key()}, names, system_wall_time()));
  }
  return std::move(database);
}

int run_node(const Node& node) {
  set_log_level(node.configuration);
  roles::block_signals();
  const auto file = frozen_file(node.settings.file);
  if (!file) return fail(exit_failure, file.error());
  roles::Supervisor::Options options;
  options.data = {node.configuration.text("data.dir")};
  options.roles = node.roles;
  options.service_manager = roles::ServiceManager::from_environment();
  options.metrics = addresses_of(node.configuration, "metrics.address", "metrics.port");
  options.launch = [&](const std::string& role) {
    return roles::start_process("/proc/self/exe", role_arguments(node, role, *file));
  };
  roles::Supervisor* running = nullptr;
  options.on_ready = [&] { node.on_ready(running->metrics_addresses()); };
  const auto supervisor = roles::Supervisor::make(std::move(options));
  if (!supervisor) return fail(exit_failure, supervisor.error());
  running = supervisor->get();
  if (!running->run()) return fail(exit_failure, "a role could not start: the lines above say why");
  return exit_success;
}

int run(const Role& role) {
  const auto configuration = load_configuration(role.settings);
  if (!configuration) return exit_usage;
  set_log_level(*configuration);
  arm_kill_points();
  roles::block_signals();
  prctl(PR_SET_NAME, ("carillon-" + role.role).c_str());
  if (role.role == "signalling") return roles::run_signalling(*configuration);
  if (role.role == "media") return roles::run_media(*configuration);
  if (role.role == "web") return roles::run_web(*configuration, role.is_demo);
  if (role.role == "jobs") return roles::run_jobs(*configuration);
  return fail(exit_usage, "there is no role '" + role.role + "'");
}

}  // namespace carillon::main

// SPDX-License-Identifier: GPL-3.0-or-later
// Wiring of the jobs process.
#include "roles/jobs/jobs_role.hpp"

#include "base/log.hpp"
#include "roles/jobs/record_keeper.hpp"
#include "roles/journal_name.hpp"
#include "roles/role_process.hpp"

namespace carillon::roles {

int run_jobs(const Configuration& configuration) {
  auto started = RoleProcess::start("jobs", configuration);
  if (!started) {
    log::error("jobs", "start.failed", {{"fault", started.error().code}, {"what", started.error()}});
    return 1;
  }
  RoleProcess& process = **started;
  const auto name = journal_name(process.data());
  if (!name) {
    log::error("jobs", "start.failed", {{"fault", name.error().code}, {"what", name.error()}});
    return 1;
  }
  RecordKeeper::Options options;
  options.database_url = configuration.text("database.url");
  options.data_dir = process.data().root;
  options.journal = process.data().journal();
  options.journal_name = *name;
  options.on_state = [&process](std::string reason) { process.set_not_ready(std::move(reason)); };
  RecordKeeper records(process.loop(), std::move(options));
  records.start();
  process.on_stop([&] { records.finish([&] { process.finish(); }); });
  process.run();
  return 0;
}

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
// The frame of a role's process.
#include "roles/role_process.hpp"

#include <csignal>

#include "base/log.hpp"
#include "base/metrics.hpp"

namespace carillon::roles {

RoleProcess::RoleProcess(std::string role, const Configuration& configuration)
    : role_(std::move(role)), configuration_(configuration), data_{configuration.text("data.dir")}, network_(loop_) {}

Result<std::unique_ptr<RoleProcess>> RoleProcess::start(std::string role, const Configuration& configuration) {
  std::unique_ptr<RoleProcess> process(new RoleProcess(std::move(role), configuration));
  process->answer_basics();
  CARILLON_TRY(server,
               ControlServer::listen(process->network_, process->data_.control_socket(process->role_), process->methods_));
  process->server_ = std::move(server);
  process->signals_ = std::make_unique<Signals>(process->loop_, [self = process.get()](int signal) { self->on_signal(signal); });
  return process;
}

void RoleProcess::answer_basics() {
  methods_.answer<control::Ping>(
      [](const control::Nothing&, control::Respond<control::Ping> respond) { respond(control::Nothing()); });
  methods_.answer<control::Health>([this](const control::Nothing&, control::Respond<control::Health> respond) {
    control::Health::Reply health;
    health.ready = not_ready_.empty();
    health.reason = not_ready_;
    respond(std::move(health));
  });
  methods_.answer<control::Metrics>([this](const control::Nothing&, control::Respond<control::Metrics> respond) {
    control::Metrics::Reply reply;
    reply.text = metrics::Registry::process().text({{"role", role_}});
    respond(std::move(reply));
  });
  methods_.answer<control::Reload>(
      [](const control::Nothing&, control::Respond<control::Reload> respond) { respond(control::Nothing()); });
}

void RoleProcess::on_signal(int signal) {
  // The supervisor decides what SIGINT and SIGHUP mean, and sends SIGTERM.
  if (signal != SIGTERM || std::exchange(is_stopping_, true)) return;
  log::info("role", "stopping", {{"role", role_}});
  set_not_ready("is stopping");
  if (stop_)
    stop_();
  else
    finish();
}

void RoleProcess::run() {
  loop_.run();
}

}  // namespace carillon::roles

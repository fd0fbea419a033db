// SPDX-License-Identifier: GPL-3.0-or-later
// Starting, watching, answering for and ending all roles of a node.
#include "roles/supervisor/supervisor.hpp"

#include <csignal>

#include <sys/wait.h>

#include "base/log.hpp"

namespace carillon::roles {

namespace {

constexpr Duration patience = 2s;
constexpr std::size_t requests_max = 32;
/// One wish to stop may come as several signals: to the process, and to its group.
constexpr Duration echo_limit = 1s;

/// Ended last, so that it stores what the others write while they end.
constexpr std::string_view last_role = "jobs";

net::HttpResponse plain(unsigned status, std::string text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
          .body = std::move(text)};
}

Task<std::string> obstacle_of(RoleKeeper& keeper) {
  if (keeper.is_unstable()) co_return fmt::format("{}: died three times within a minute\n", keeper.role());
  auto health = co_await keeper.link().ask<control::Health>(control::Nothing(), patience);
  if (!health) co_return fmt::format("{}: {}\n", keeper.role(), health.error().what);
  if (!health->ready) co_return fmt::format("{}: {}\n", keeper.role(), health->reason);
  keeper.note_ready();
  co_return std::string();
}

/// Nothing when the role does not answer.
Task<std::optional<std::string>> metrics_of(RoleKeeper& keeper) {
  auto reply = co_await keeper.link().ask<control::Metrics>(control::Nothing(), patience);
  if (!reply) co_return std::nullopt;
  co_return std::move(reply->text);
}

}  // namespace

Supervisor::Supervisor(Options options)
    : options_(std::move(options)),
      network_(loop_),
      http_(network_, *this),
      tell_alive_([](void* self) { static_cast<Supervisor*>(self)->tell_alive(); }, this),
      scope_(loop_, [](const Broken& broken) { assertion_failed(broken.what(), broken.file(), broken.line()); }) {
  RoleKeeper::Listener& listener = *this;
  const Duration share = options_.stop_limit * 7 / 10;
  for (const std::string& role : options_.roles) {
    RoleKeeper::Options keeper;
    keeper.role = role;
    keeper.socket = options_.data.control_socket(role);
    keeper.launch = [this, role] { return options_.launch(role); };
    keeper.ping_interval = options_.ping_interval;
    keeper.stop_limit = role == last_role ? options_.stop_limit - share : share;
    keepers_.push_back(std::make_unique<RoleKeeper>(network_, listener, std::move(keeper)));
  }
}

Supervisor::~Supervisor() = default;

Result<std::unique_ptr<Supervisor>> Supervisor::make(Options options) {
  std::unique_ptr<Supervisor> supervisor(new Supervisor(std::move(options)));
  CARILLON_CHECK(supervisor->listen());
  return supervisor;
}

Result<> Supervisor::listen() {
  for (const net::Address& address : options_.metrics) {
    CARILLON_TRY(real, http_.listen(address));
    metrics_addresses_.push_back(real);
  }
  return {};
}

bool Supervisor::run() {
  signals_ = std::make_unique<Signals>(loop_, [this](int number) { on_signal(number); });
  for (const auto& keeper : keepers_) keeper->start();
  tell_alive();
  scope_.spawn(announce());
  loop_.run();
  signals_.reset();
  return !has_failed_;
}

void Supervisor::on_signal(int number) {
  if (number == SIGCHLD) {
    for (const auto& keeper : keepers_) keeper->reap();
  } else if (!is_stopping_) {
    stop();
  } else if (loop_.now() - stopping_since_ > echo_limit) {
    for (const auto& keeper : keepers_) keeper->kill();
  }
}

void Supervisor::on_role_died(RoleKeeper& keeper, int status) {
  if (was_ready_ || is_stopping_ || !WIFEXITED(status)) return;
  log::error("supervisor", "role.cannot_start", {{"role", keeper.role()}});
  has_failed_ = true;
  stop();
}

/// By the loop itself: when that hangs, nobody keeps the roles, and the node has to be started again.
void Supervisor::tell_alive() {
  const std::optional<Duration> interval = options_.service_manager.watchdog_interval();
  if (!interval) return;
  options_.service_manager.tell("WATCHDOG=1");
  loop_.timers().arm(tell_alive_, loop_.now() + *interval);
}

void Supervisor::stop() {
  log::info("supervisor", "stopping");
  options_.service_manager.tell("STOPPING=1");
  is_stopping_ = true;
  stopping_since_ = loop_.now();
  continue_stopping();
}

void Supervisor::continue_stopping() {
  bool is_waiting = false;
  for (const auto& keeper : keepers_) {
    if (keeper->role() == last_role || keeper->is_gone()) continue;
    keeper->stop();
    is_waiting = true;
  }
  if (is_waiting) return;
  for (const auto& keeper : keepers_) {
    if (keeper->is_gone()) continue;
    keeper->stop();
    is_waiting = true;
  }
  if (!is_waiting) loop_.stop();
}

void Supervisor::on_role_gone(RoleKeeper&) {
  if (is_stopping_) continue_stopping();
}

Task<> Supervisor::announce() {
  constexpr Duration interval = 100ms;
  while (!is_stopping_) {
    const std::string obstacles = co_await find_obstacles();
    if (obstacles.empty() && !is_stopping_) {
      was_ready_ = true;
      log::info("supervisor", "ready");
      options_.service_manager.tell("READY=1");
      if (options_.on_ready) options_.on_ready();
      co_return;
    }
    co_await sleep(loop_, interval);
  }
}

Task<std::string> Supervisor::find_obstacles() {
  std::vector<Task<std::string>> questions;
  for (const auto& keeper : keepers_) questions.push_back(obstacle_of(*keeper));
  const std::vector<std::string> answers = co_await all(std::move(questions));
  std::string obstacles;
  for (const std::string& answer : answers) obstacles += answer;
  if (is_stopping_) obstacles += "the node is stopping\n";
  co_return obstacles;
}

Task<std::string> Supervisor::collect_metrics() {
  std::vector<Task<std::optional<std::string>>> questions;
  for (const auto& keeper : keepers_) questions.push_back(metrics_of(*keeper));
  const std::vector<std::optional<std::string>> answers = co_await all(std::move(questions));
  std::vector<std::string> texts{metrics::Registry::process().text()};
  std::string up = "# HELP carillon_role_up Whether the role answers\n# TYPE carillon_role_up gauge\n";
  for (std::size_t n = 0; n < keepers_.size(); ++n) {
    up += fmt::format("carillon_role_up{{role=\"{}\"}} {}\n", keepers_[n]->role(), answers[n] ? 1 : 0);
    if (answers[n]) texts.push_back(*answers[n]);
  }
  texts.push_back(std::move(up));
  co_return metrics::merge(texts);
}

void Supervisor::on_request(net::HttpRequest request, net::HttpRespond respond) {
  if (request.method != "GET" && request.method != "HEAD") return respond(plain(405, "only GET\n"));
  if (scope_.size() >= requests_max) return respond(plain(503, "busy\n"));
  scope_.spawn(answer(std::move(request.path), std::move(respond)));
}

Task<> Supervisor::answer(std::string path, net::HttpRespond respond) {
  if (path == "/healthz") {
    respond(plain(200, "ok\n"));
  } else if (path == "/readyz") {
    const std::string obstacles = co_await find_obstacles();
    if (obstacles.empty())
      respond(plain(200, "ready\n"));
    else
      respond(plain(503, obstacles));
  } else if (path == "/metrics") {
    net::HttpResponse response = plain(200, co_await collect_metrics());
    response.headers[0].second = "text/plain; version=0.0.4; charset=utf-8";
    respond(response);
  } else {
    respond(plain(404, "here are /metrics, /healthz and /readyz\n"));
  }
}

}  // namespace carillon::roles

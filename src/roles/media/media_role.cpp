// SPDX-License-Identifier: GPL-3.0-or-later
// The media process: the first relay on the main thread, the others on threads of their own.
#include "roles/media/media_role.hpp"

#include "base/log.hpp"
#include "mediaclient/local_client.hpp"
#include "roles/media/relay_worker.hpp"
#include "roles/media/settings.hpp"
#include "roles/role_process.hpp"

namespace carillon::roles {

namespace {

class Media {
 public:
  explicit Media(RoleProcess& process) : process_(process) {}

  Result<> start() {
    auto& configuration = process_.configuration();
    auto files = net::MediaSockets::raise_file_limit();
    unsigned workers = media_workers(configuration);
    for (unsigned i = 0; i < workers; ++i) {
      CARILLON_TRY(settings, read_media_settings(configuration, i, workers));
      auto path = mediaclient::control_path(configuration.text("data.dir"), configuration.text("media.control"), i);
      log::info("media", "relay.starts",
                {{"address", settings.hosts.front().host()},
                 {"port_min", settings.ports.min},
                 {"port_max", settings.ports.max},
                 {"control", path},
                 {"open_files_limit", files}});
      if (i == 0) {
        CARILLON_TRY(relay, RelayWorker::open(process_.loop(), process_.network(), path, std::move(settings)));
        relay_ = std::move(relay);
      } else {
        CARILLON_TRY(thread, RelayThread::start(i, path, std::move(settings)));
        threads_.push_back(std::move(thread));
      }
    }
    process_.methods().answer<control::Ping>(
        [this](const control::Nothing&, control::Respond<control::Ping> respond) { answer_when_all_turn(std::move(respond)); });
    process_.set_ready();
    return {};
  }

 private:
  /// Counts the threads that have turned, on the main thread alone.
  struct AllTurned {
    control::Respond<control::Ping> respond;
    std::size_t missing;
    void one_more() {
      if (--missing == 0) respond(control::Nothing());
    }
  };

  /// Each thread is asked by a post to its loop and says so by a post to ours.
  void answer_when_all_turn(control::Respond<control::Ping> respond) {
    auto all = std::make_shared<AllTurned>(std::move(respond), threads_.size() + 1);
    all->one_more();
    for (auto& thread : threads_) {
      thread->loop().post([all, home = &process_.loop()] { home->post([all] { all->one_more(); }); });
    }
  }

  RoleProcess& process_;
  std::unique_ptr<RelayWorker> relay_;
  std::vector<std::unique_ptr<RelayThread>> threads_;
};

}  // namespace

int run_media(const Configuration& configuration) {
  auto process = RoleProcess::start("media", configuration);
  if (!process) {
    log::error("media", "start.failed", {{"what", process.error()}});
    return 1;
  }
  Media media(**process);
  if (auto started = media.start(); !started) {
    log::error("media", "start.failed", {{"fault", started.error().code}, {"what", started.error()}});
    return 1;
  }
  (*process)->run();
  return 0;
}

}  // namespace carillon::roles

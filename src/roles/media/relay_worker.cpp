// SPDX-License-Identifier: GPL-3.0-or-later
// Wires one relay together and publishes what it counts once a second: the packet path itself touches no shared number.
#include "roles/media/relay_worker.hpp"

namespace carillon::roles {

namespace {

constexpr Duration publish_interval = 1s;

}  // namespace

RelayWorker::RelayWorker(net::AsioLoop& loop)
    : loop_(loop), sockets_(loop), publish_timer_([](void* self) { static_cast<RelayWorker*>(self)->publish(); }, this) {}

Result<std::unique_ptr<RelayWorker>> RelayWorker::open(net::AsioLoop& loop, net::AsioNetwork& network,
                                                       const std::string& control_path, media::Engine::Config config) {
  auto worker = std::make_unique<RelayWorker>(loop);
  media::BindUdp bind = [sockets = &worker->sockets_](const net::Address& local, net::UdpSocket::Receiver& receiver) {
    return sockets->bind(local, receiver);
  };
  CARILLON_TRY(server, media::ControlServer::open(network, control_path, std::move(bind), std::move(config)));
  worker->server_ = std::move(server);
  worker->publish();
  return worker;
}

void RelayWorker::publish() {
  auto now = server_->engine().counters();
  auto sockets = sockets_.counters();
  calls_.set(static_cast<std::int64_t>(now.calls));
  ports_leased_.set(static_cast<std::int64_t>(now.ports_leased));
  ports_resting_.set(static_cast<std::int64_t>(now.ports_resting));
  ports_capacity_.set(static_cast<std::int64_t>(now.ports_capacity));
  reaped_.add(now.calls_reaped - told_.calls_reaped);
  relayed_.add(now.relayed_packets - told_.relayed_packets);
  strangers_.add(now.strangers - told_.strangers);
  discarded_.add(now.discarded - told_.discarded);
  late_.add(now.late_datagrams - told_.late_datagrams);
  forbidden_.add(now.forbidden_destinations - told_.forbidden_destinations);
  overrun_.add(sockets.overrun + sockets.oversize - sockets_told_.overrun - sockets_told_.oversize);
  unsent_.add(sockets.unsent - sockets_told_.unsent);
  told_ = now;
  sockets_told_ = sockets;
  loop_.timers().arm(publish_timer_, loop_.now() + publish_interval);
}

Result<std::unique_ptr<RelayThread>> RelayThread::start(unsigned worker, const std::string& control_path,
                                                        media::Engine::Config config) {
  std::unique_ptr<RelayThread> thread(new RelayThread());
  CARILLON_TRY(relay, RelayWorker::open(thread->loop_, thread->network_, control_path, std::move(config)));
  thread->relay_ = std::move(relay);
  Worker::Options options;
  options.name = "media-" + std::to_string(worker);
  thread->thread_ = std::make_unique<Worker>(std::move(options));
  (void)thread->thread_->submit([loop = &thread->loop_] { loop->run(); });
  return thread;
}

RelayThread::~RelayThread() {
  loop_.stop();
  thread_.reset();
}

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
// One relay: sockets, engine, control socket and metrics on one loop; and the same on a thread of its own.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "base/worker.hpp"
#include "media/control_server.hpp"
#include "net/asio_network.hpp"
#include "net/media_sockets.hpp"

namespace carillon::roles {

class RelayWorker {
 public:
  /// Listens at once; `loop` and `network` outlive it.
  static Result<std::unique_ptr<RelayWorker>> open(net::AsioLoop& loop, net::AsioNetwork& network,
                                                   const std::string& control_path, media::Engine::Config config);
  explicit RelayWorker(net::AsioLoop& loop);

 private:
  void publish();

  Loop& loop_;
  net::MediaSockets sockets_;
  std::unique_ptr<media::ControlServer> server_;
  Timer publish_timer_;
  media::Engine::Counters told_;
  net::MediaSockets::Counters sockets_told_;

  metrics::Gauge calls_{"carillon_media_calls", "Calls with media"};
  metrics::Gauge ports_leased_{"carillon_media_ports_leased", "Port pairs in use"};
  metrics::Gauge ports_resting_{"carillon_media_ports_resting", "Port pairs in quarantine after use"};
  metrics::Gauge ports_capacity_{"carillon_media_ports", "Port pairs that there are"};
  metrics::Counter reaped_{"carillon_media_calls_reaped_total", "Calls that media ended because signalling did not"};
  metrics::Counter relayed_{"carillon_media_packets_relayed_total", "RTP and RTCP packets relayed"};
  metrics::Counter strangers_{"carillon_media_packets_dropped_total", "Packets not relayed", {{"reason", "stranger"}}};
  metrics::Counter discarded_{"carillon_media_packets_dropped_total", "Packets not relayed", {{"reason", "discarded"}}};
  metrics::Counter late_{"carillon_media_packets_dropped_total", "Packets not relayed", {{"reason", "late"}}};
  metrics::Counter overrun_{"carillon_media_packets_dropped_total", "Packets not relayed", {{"reason", "overrun"}}};
  metrics::Counter unsent_{"carillon_media_packets_dropped_total", "Packets not relayed", {{"reason", "unsent"}}};
  metrics::Counter forbidden_{"carillon_media_forbidden_destinations_total", "Addresses that media must not be sent to"};
};

class RelayThread {
 public:
  static Result<std::unique_ptr<RelayThread>> start(unsigned worker, const std::string& control_path,
                                                    media::Engine::Config config);
  RelayThread(const RelayThread&) = delete;
  RelayThread& operator=(const RelayThread&) = delete;
  ~RelayThread();

  Loop& loop() { return loop_; }

 private:
  RelayThread() : network_(loop_) {}

  net::AsioLoop loop_;
  net::AsioNetwork network_;
  std::unique_ptr<RelayWorker> relay_;
  std::unique_ptr<Worker> thread_;
};

}  // namespace carillon::roles

// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's door: signalling shards connect to a local socket, say who they are, and send leg commands; events go back to
// them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "media/engine.hpp"
#include "net/framed.hpp"
#include "ng/leg_wire.hpp"

namespace carillon::media {

class ControlServer final : net::StreamListener::Acceptor, net::FramedStream::Receiver, Engine::Listener {
 public:
  /// Listens at once. `network` runs on the engine's loop.
  static Result<std::unique_ptr<ControlServer>> open(net::Network& network, const std::string& path, BindUdp bind,
                                                     Engine::Config config);
  ControlServer(Loop& loop, BindUdp bind, Engine::Config config);
  ~ControlServer();

  const Engine& engine() const { return engine_; }
  std::size_t connections() const { return connections_.size(); }

 private:
  struct Connection {
    std::unique_ptr<net::FramedStream> stream;
    Engine::Owner owner = 0;  ///< 0 before its hello.
  };

  void on_accept(std::unique_ptr<net::Stream> stream) override;
  void on_frame(net::FramedStream& stream, std::string_view message) override;
  void on_closed(net::FramedStream& stream) override;
  void on_media_event(Engine::Owner owner, const ng::Event& event) override;

  ng::Answer answer_to(Connection& connection, const ng::Order& order);
  Connection& find(const net::FramedStream& stream);

  const std::uint64_t process_;  ///< Tells clients whether their calls can still be here.
  Engine engine_;
  std::unique_ptr<net::StreamListener> listener_;
  std::vector<Connection> connections_;
  std::string outgoing_;
  std::uint64_t last_event_ = 0;
};

}  // namespace carillon::media

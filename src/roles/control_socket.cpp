// SPDX-License-Identifier: GPL-3.0-or-later
// Connections of the control channel: framed streams on one side, control's sessions and clients on the other.
#include "roles/control_socket.hpp"

#include <list>

#include "net/framed.hpp"

namespace carillon::roles {

// ---- ControlServer

class ControlServer::Core final : net::StreamListener::Acceptor {
 public:
  static constexpr std::size_t connections_max = 32;

  explicit Core(const control::Methods& methods) : methods_(methods) {}

  Result<> listen(net::Network& network, const std::string& path) {
    CARILLON_TRY(listener, network.listen_local(path, *this));
    listener_ = std::move(listener);
    return {};
  }

 private:
  struct Connection final : net::FramedStream::Receiver, control::Wire {
    Connection(Core& its_core, std::unique_ptr<net::Stream> its_stream)
        : core(its_core),
          stream(std::move(its_stream), control::frame_bytes_max),
          session(std::make_shared<control::Session>(its_core.methods_, *this)) {}

    void on_frame(net::FramedStream&, std::string_view message) override {
      if (!session->take(message)) core.connections_.erase(place);
    }
    void on_closed(net::FramedStream&) override { core.connections_.erase(place); }
    bool send_frame(std::string_view frame) override { return stream.send_frame(frame).has_value(); }

    Core& core;
    net::FramedStream stream;
    std::shared_ptr<control::Session> session;  ///< Shared with nobody: answers that come late hold it weakly.
    std::list<Connection>::iterator place;
  };

  void on_accept(std::unique_ptr<net::Stream> stream) override {
    if (connections_.size() >= connections_max) return;
    connections_.emplace_front(*this, std::move(stream));
    connections_.front().place = connections_.begin();
    connections_.front().stream.set_receiver(connections_.front());
  }

  const control::Methods& methods_;
  std::list<Connection> connections_;
  std::unique_ptr<net::StreamListener> listener_;
};

ControlServer::ControlServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
ControlServer::~ControlServer() = default;

Result<std::unique_ptr<ControlServer>> ControlServer::listen(net::Network& network, const std::string& path,
                                                             const control::Methods& methods) {
  auto core = std::make_unique<Core>(methods);
  CARILLON_CHECK(core->listen(network, path));
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(core)));
}

// ---- ControlLink

class ControlLink::Core final : net::FramedStream::Receiver {
 public:
  Core(net::Network& network, std::string path) : network_(network), path_(std::move(path)) {}

  control::Client& client() {
    if (!connection_) {
      connection_ = std::make_unique<Connection>(network_, path_);
      connection_->stream.set_receiver(*this);
    }
    return connection_->client;
  }
  Loop& loop() { return network_.loop(); }

 private:
  struct Connection final : control::Wire {
    Connection(net::Network& network, const std::string& path)
        : stream(network.connect_local(path), control::frame_bytes_max), client(network.loop(), *this) {}
    bool send_frame(std::string_view frame) override { return stream.send_frame(frame).has_value(); }
    net::FramedStream stream;
    control::Client client;
  };

  void on_frame(net::FramedStream&, std::string_view message) override {
    // What is called back may ask again or destroy the link, so the connection stays alive here until it returns.
    const std::weak_ptr<bool> alive = alive_;
    Connection& connection = *connection_;
    const auto taken = connection.client.take(message);
    if (!taken && !alive.expired() && connection_.get() == &connection) end_connection();
  }
  void on_closed(net::FramedStream&) override { end_connection(); }

  /// Callbacks may ask again, which makes the next connection, or destroy the link.
  void end_connection() {
    const auto ended = std::move(connection_);
    ended->client.close();
  }

  net::Network& network_;
  std::string path_;
  std::unique_ptr<Connection> connection_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

ControlLink::ControlLink(net::Network& network, std::string path) : core_(std::make_unique<Core>(network, std::move(path))) {}
ControlLink::~ControlLink() = default;
control::Client& ControlLink::client() {
  return core_->client();
}
Loop& ControlLink::loop() {
  return core_->loop();
}

}  // namespace carillon::roles

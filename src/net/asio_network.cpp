// SPDX-License-Identifier: GPL-3.0-or-later
// Hands out the system's sockets and holds what they share.
#include "net/asio_network.hpp"

#include "net/stream_socket.hpp"
#include "net/udp_socket.hpp"

namespace carillon::net {

struct AsioNetwork::Core {
  static constexpr std::size_t read_size = 64 * 1024;

  explicit Core(AsioLoop& its_loop) : loop(its_loop) {}

  AsioLoop& loop;
  Counters counters;
  DatagramBatch batch;
  std::unique_ptr<char[]> read_buffer = std::make_unique_for_overwrite<char[]>(read_size);
  UdpShared udp{loop.poller(), batch, counters};
  StreamShared streams{loop, loop.poller(), {read_buffer.get(), read_size}, counters};
};

AsioNetwork::AsioNetwork(AsioLoop& loop) : core_(std::make_unique<Core>(loop)) {}
AsioNetwork::~AsioNetwork() = default;

Loop& AsioNetwork::loop() {
  return core_->loop;
}
const AsioNetwork::Counters& AsioNetwork::counters() const {
  return core_->counters;
}

Result<std::unique_ptr<UdpSocket>> AsioNetwork::bind_udp(const Address& local, UdpSocket::Receiver& receiver, bool reuse_port) {
  return open_udp(core_->udp, local, receiver, reuse_port);
}
Result<std::unique_ptr<StreamListener>> AsioNetwork::listen_tcp(const Address& local, StreamListener::Acceptor& acceptor) {
  return open_tcp_listener(core_->streams, local, acceptor);
}
std::unique_ptr<Stream> AsioNetwork::connect_tcp(const Address& remote, const Address& local) {
  return open_tcp_stream(core_->streams, remote, local);
}
Result<std::unique_ptr<StreamListener>> AsioNetwork::listen_local(const std::string& path, StreamListener::Acceptor& acceptor) {
  return open_local_listener(core_->streams, path, acceptor);
}
std::unique_ptr<Stream> AsioNetwork::connect_local(const std::string& path) {
  return open_local_stream(core_->streams, path);
}

}  // namespace carillon::net

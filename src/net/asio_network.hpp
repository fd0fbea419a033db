// SPDX-License-Identifier: GPL-3.0-or-later
// The real network: sockets of the operating system that deliver on an AsioLoop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/loop.hpp"
#include "net/network.hpp"

namespace carillon::net {

/// Sockets on one loop; use it on the loop's thread only. It must outlive the sockets it made.
class AsioNetwork final : public Network {
 public:
  struct Counters {
    std::uint64_t datagrams_received = 0;
    std::uint64_t datagrams_sent = 0;
    std::uint64_t datagrams_dropped = 0;  ///< The socket buffer was full or the kernel refused to send.
    std::uint64_t streams_overrun = 0;    ///< Streams closed because their write queue was full.
  };

  explicit AsioNetwork(AsioLoop& loop);
  ~AsioNetwork() override;

  Loop& loop() override;
  Result<std::unique_ptr<UdpSocket>> bind_udp(const Address& local, UdpSocket::Receiver& receiver,
                                              bool reuse_port = false) override;
  Result<std::unique_ptr<StreamListener>> listen_tcp(const Address& local, StreamListener::Acceptor& acceptor) override;
  std::unique_ptr<Stream> connect_tcp(const Address& remote, const Address& local = {}) override;
  /// The socket file has mode 0600. A stale file that nobody listens on is replaced.
  Result<std::unique_ptr<StreamListener>> listen_local(const std::string& path, StreamListener::Acceptor& acceptor) override;
  std::unique_ptr<Stream> connect_local(const std::string& path) override;

  const Counters& counters() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace carillon::net

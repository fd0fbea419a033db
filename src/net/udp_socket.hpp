// SPDX-License-Identifier: GPL-3.0-or-later
// Datagrams from the system: received many at a time into buffers that all sockets of a loop share, sent one by one. (Collecting
// sends for sendmmsg was measured to gain nothing that the copying did not cost.)
#pragma once

#include <memory>
#include <optional>

#include "net/asio_network.hpp"
#include "net/lifetime.hpp"
#include "net/poller.hpp"
#include "net/socket.hpp"

namespace carillon::net {

/// Room for one batch of datagrams of any size.
class DatagramBatch {
 public:
  DatagramBatch();
  ~DatagramBatch();
  /// Receives what is there, up to one batch, and returns how many. `with_destinations`: the socket tells them.
  std::size_t receive(int descriptor, bool with_destinations);
  std::string_view bytes(std::size_t index) const;
  Address from(std::size_t index) const;
  /// The host it was sent to, if the socket tells; its port is 0.
  std::optional<Address> destination(std::size_t index) const;

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

/// What the sockets of one network share.
struct UdpShared {
  Poller& poller;
  DatagramBatch& batch;
  AsioNetwork::Counters& counters;
};

class SystemUdpSocket final : public UdpSocket, private Poller::Watch {
 public:
  SystemUdpSocket(const UdpShared& shared, Descriptor descriptor, Receiver& receiver);
  ~SystemUdpSocket() override;
  Address local() const override { return local_; }
  Address destination() const override { return destination_; }
  void send(const Address& to, std::string_view bytes) override;
  void send_from(const Address& from, const Address& to, std::string_view bytes) override;

 private:
  void on_ready(std::uint32_t events) override;
  void count_sent(bool is_sent);

  const UdpShared& shared_;
  Descriptor descriptor_;
  Receiver& receiver_;
  Address local_;
  bool is_everywhere_;  ///< local_ is unspecified.
  Address destination_;
  Lifetime lifetime_;
};

Result<std::unique_ptr<UdpSocket>> open_udp(const UdpShared& shared, const Address& local, UdpSocket::Receiver& receiver,
                                            bool reuse_port);

}  // namespace carillon::net

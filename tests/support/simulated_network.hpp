// SPDX-License-Identifier: GPL-3.0-or-later
// A network in memory, on a virtual clock: hosts exchange datagrams and streams that are late, lost, doubled, reordered and
// chopped exactly the same way each time the same seed is used.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/network.hpp"

namespace carillon::test {

/// How well one direction between two hosts works.
struct LinkQuality {
  Duration delay = 1ms;    ///< For everything.
  Duration jitter = 0us;   ///< Added at random up to this; later datagrams then overtake earlier ones, streams keep their order.
  double loss = 0;         ///< Share of datagrams that vanish; on a stream: of writes that come 200 ms later.
  double duplication = 0;  ///< Share of datagrams that arrive twice.
  double reordering = 0;   ///< Share of datagrams held back for five more delays.
  bool cut = false;        ///< Nothing arrives: datagrams vanish, streams wait until the link is whole again.
  std::size_t chop = 0;    ///< Streams arrive in random pieces of up to this many bytes; 0: as written.
};

class SimulatedWireCore;
enum class Power { on, killed, off };

/// What lies between the hosts. Outlives every SimulatedNetwork on it.
class SimulatedWire {
 public:
  struct Counters {
    std::uint64_t sent = 0;       ///< Datagrams, each counted once.
    std::uint64_t delivered = 0;  ///< To a bound socket, copies included.
    std::uint64_t lost = 0;       ///< By the link.
    std::uint64_t duplicated = 0;
    std::uint64_t unreachable = 0;  ///< Arrived where nobody listens.
  };
  /// Sees every datagram, and every write to a stream between hosts, when it is sent, whether it will arrive or not.
  using Tap = std::function<void(const net::Address& from, const net::Address& to, std::string_view bytes)>;

  SimulatedWire(Loop& loop, std::uint64_t seed);
  SimulatedWire(const SimulatedWire&) = delete;
  SimulatedWire& operator=(const SimulatedWire&) = delete;
  ~SimulatedWire();

  /// For all links that have no quality of their own.
  void set_quality(const LinkQuality& quality);
  /// For what goes from one host to another; ports do not matter.
  void set_quality(const net::Address& from, const net::Address& to, const LinkQuality& quality);
  void set_tap(Tap tap);

  const Counters& counters() const;

 private:
  friend class SimulatedNetwork;
  std::unique_ptr<SimulatedWireCore> core_;
};

/// One process on a host with these addresses. Several networks may share an address (processes of one machine); their ports
/// differ. Local sockets are found by path across the whole wire.
class SimulatedNetwork final : public net::Network {
 public:
  SimulatedNetwork(SimulatedWire& wire, std::vector<net::Address> addresses);
  ~SimulatedNetwork() override;

  Loop& loop() override;
  Result<std::unique_ptr<net::UdpSocket>> bind_udp(const net::Address& local, net::UdpSocket::Receiver& receiver,
                                                   bool reuse_port = false) override;
  Result<std::unique_ptr<net::StreamListener>> listen_tcp(const net::Address& local,
                                                          net::StreamListener::Acceptor& acceptor) override;
  std::unique_ptr<net::Stream> connect_tcp(const net::Address& remote, const net::Address& local = {}) override;
  Result<std::unique_ptr<net::StreamListener>> listen_local(const std::string& path,
                                                            net::StreamListener::Acceptor& acceptor) override;
  std::unique_ptr<net::Stream> connect_local(const std::string& path) override;

  /// From now on nothing leaves or reaches the sockets of this network, and no peer is told: streams simply fall silent. Its
  /// ports are free for a successor at once.
  void power_off();
  /// The process is killed: from now on nothing leaves or reaches its sockets, its ports are free for a successor, and whoever is
  /// at the other end of a stream hears of its end once the stream is destroyed.
  void kill();

 private:
  Result<std::vector<net::Address>> resolve(const net::Address& local);
  void leave_wire();

  SimulatedWireCore& wire_;
  const std::vector<net::Address> addresses_;
  std::shared_ptr<Power> power_;  ///< Shared with the sockets, which may outlive this object in a test's teardown.
};

}  // namespace carillon::test

// SPDX-License-Identifier: GPL-3.0-or-later
// The network as protocol code sees it: datagram sockets and byte streams behind interfaces, no Asio in sight. `net::AsioNetwork`
// implements it on the real one, tests/support/simulated_network.hpp on a seeded, lossy, virtual one.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/loop.hpp"
#include "base/result.hpp"

namespace carillon::net {

enum class Fault { address_in_use, bad_address, refused, unreachable, closed, too_large, queue_full, tls, certificate, system };
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"net.address_in_use", "net.bad_address", "net.refused", "net.unreachable", "net.closed",
                                        "net.too_large",      "net.queue_full",  "net.tls",     "net.certificate", "net.system"};
  return names[static_cast<std::size_t>(fault)];
}

/// An IPv4 or IPv6 address (IPv4 as mapped IPv6) and a port. A plain value of 20 bytes.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::uint16_t port = 0;
  auto operator<=>(const Address&) const = default;

  bool is_v4() const;
  bool is_unspecified() const;  ///< 0.0.0.0 or ::, whatever the port.
  bool is_loopback() const;
  bool same_host(const Address& other) const { return bytes == other.bytes; }
  Address with_port(std::uint16_t other) const;
  std::string host() const;       ///< "192.0.2.1" or "2001:db8::1".
  std::string uri_host() const;   ///< As host(), IPv6 in brackets.
  std::string to_string() const;  ///< uri_host():port.

  /// Numeric addresses only, IPv6 with or without brackets; never asks the DNS.
  static std::optional<Address> parse(std::string_view host, std::uint16_t port);
};

enum class Transport : std::uint8_t { udp, tcp, tls, ws, wss };

/// Names one connection, or one UDP socket together with the peer's address. A handle, valid until the connection is gone; then
/// sends fail with `closed` and no other connection ever gets the same one.
struct Flow {
  Transport transport = Transport::udp;
  std::uint8_t listener = 0;  ///< Which of the owner's listeners (users, trunks) it belongs to.
  std::uint32_t slot = 0;     ///< Connection slot; unused for UDP.
  std::uint32_t generation = 0;
  Address local;
  Address remote;
  auto operator<=>(const Flow&) const = default;
};

/// A UDP socket. Destroying it closes it; the receiver is not called again.
class UdpSocket {
 public:
  class Receiver {
   public:
    /// The bytes live until the call returns.
    virtual void on_datagram(UdpSocket& socket, const Address& from, std::string_view bytes) = 0;
    /// After a batch of datagrams: the place to flush what they caused.
    virtual void on_batch_end() {}

   protected:
    ~Receiver() = default;
  };
  virtual ~UdpSocket() = default;
  virtual Address local() const = 0;
  /// While a datagram is delivered: the address that it was sent to. Differs from local() only when that is unspecified.
  virtual Address destination() const { return local(); }
  /// Sends at once, never waits; a full socket buffer drops the datagram and counts it, as the network would.
  virtual void send(const Address& to, std::string_view bytes) = 0;
  /// The same from one address of this host, for a socket whose own is unspecified; any other sends from its own.
  virtual void send_from(const Address&, const Address& to, std::string_view bytes) { send(to, bytes); }
};

/// One side of a TCP, TLS or local connection. Destroying it closes it without a callback.
class Stream {
 public:
  class Receiver {
   public:
    /// Some bytes arrived, in any division. Return false to close, as close() does. The stream may be destroyed inside.
    virtual bool on_bytes(std::string_view bytes) = 0;
    /// The peer closed or the connection failed: the last call. The stream may be destroyed inside.
    virtual void on_closed() = 0;
    /// What connect_tcp() began is a connection now. Neither closes nor destroys the stream.
    virtual void on_connected() {}
    /// The handshake of a stream that has one is done. Likewise.
    virtual void on_secured() {}

   protected:
    ~Receiver() = default;
  };
  virtual ~Stream() = default;
  virtual void set_receiver(Receiver& receiver) = 0;  ///< Starts reading.
  virtual Address local() const = 0;
  virtual Address remote() const = 0;
  /// Queues bytes; they leave at the end of the turn. False when the stream is closing or the write queue is full, and then the
  /// connection is closed in the next turn. The queue takes one write of any size when it is empty, and 256 KiB after it.
  virtual bool write(std::string_view bytes) = 0;
  virtual std::size_t waiting() const = 0;  ///< Bytes that are queued and have not left.
  /// After what is queued is written, for at most five seconds; on_closed() follows. Nothing is received any more.
  virtual void close() = 0;
  /// After on_closed(): why, as far as this side knows. `certificate`: the peer showed none that we believe.
  virtual Fault fault() const { return Fault::closed; }
};

/// Accepts connections; destroying it stops listening and leaves accepted streams alone.
class StreamListener {
 public:
  class Acceptor {
   public:
    virtual void on_accept(std::unique_ptr<Stream> stream) = 0;

   protected:
    ~Acceptor() = default;
  };
  virtual ~StreamListener() = default;
  virtual Address local() const = 0;
};

/// Makes sockets that deliver on one loop. Not thread-safe: one per loop.
class Network {
 public:
  virtual ~Network() = default;
  virtual Loop& loop() = 0;
  /// Port 0 takes a free one. `reuse_port`: several sockets (one a thread) share the port.
  virtual Result<std::unique_ptr<UdpSocket>> bind_udp(const Address& local, UdpSocket::Receiver& receiver,
                                                      bool reuse_port = false) = 0;
  virtual Result<std::unique_ptr<StreamListener>> listen_tcp(const Address& local, StreamListener::Acceptor& acceptor) = 0;
  /// Connects in the background, for at most ten seconds; until then writes are queued. Failure arrives as on_closed(). From this
  /// address of ours, if it is one.
  virtual std::unique_ptr<Stream> connect_tcp(const Address& remote, const Address& local = {}) = 0;
  /// Local (Unix-domain) sockets, for the processes of one node.
  virtual Result<std::unique_ptr<StreamListener>> listen_local(const std::string& path, StreamListener::Acceptor& acceptor) = 0;
  virtual std::unique_ptr<Stream> connect_local(const std::string& path) = 0;
};

}  // namespace carillon::net

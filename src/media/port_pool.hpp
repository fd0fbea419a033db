// SPDX-License-Identifier: GPL-3.0-or-later
// The relay's ports: pairs of RTP (even) and RTCP (the next), always given back, and reused as late as possible, so that what
// still comes for an ended call is not heard in the next one. Sockets stay open between calls, since opening them costs more than
// relaying.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "net/network.hpp"

namespace carillon::media {

enum class Fault { no_ports, no_such_leg, leg_exists, too_many, no_address };
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"media.no_ports", "media.no_such_leg", "media.leg_exists", "media.too_many",
                                        "media.no_address"};
  return names[static_cast<std::size_t>(fault)];
}

/// Opens a UDP socket: net::MediaSockets on a real machine, a simulated network in tests.
using BindUdp =
    std::function<Result<std::unique_ptr<net::UdpSocket>>(const net::Address& local, net::UdpSocket::Receiver& receiver)>;

class PortPool;

/// Two sockets and whoever leases them. What arrives while nobody does is dropped.
class PortPair {
 public:
  class User {
   public:
    virtual void on_rtp_port(const net::Address& from, std::string_view bytes) = 0;
    virtual void on_rtcp_port(const net::Address& from, std::string_view bytes) = 0;

   protected:
    ~User() = default;
  };

  explicit PortPair(PortPool& pool) : rtp_(*this), rtcp_(*this), pool_(pool) {}

  net::Address rtp_address() const { return rtp_.socket->local(); }
  void send_rtp(const net::Address& to, std::string_view bytes) { send(*rtp_.socket, to, bytes); }
  void send_rtcp(const net::Address& to, std::string_view bytes) { send(*rtcp_.socket, to, bytes); }
  /// The address of this host to send from, of a pool that is bound to all of them; until told, the system chooses.
  void set_source(const net::Address& source) {
    source_ = source;
    has_source_ = rtp_address().is_unspecified() && !source.is_unspecified();
  }

 private:
  friend class PortPool;
  struct Port final : net::UdpSocket::Receiver {
    explicit Port(PortPair& owner) : pair(owner) {}
    void on_datagram(net::UdpSocket&, const net::Address& from, std::string_view bytes) override {
      pair.on_datagram(*this, from, bytes);
    }
    PortPair& pair;
    std::unique_ptr<net::UdpSocket> socket;
  };
  void on_datagram(Port& port, const net::Address& from, std::string_view bytes);
  void send(net::UdpSocket& socket, const net::Address& to, std::string_view bytes) const {
    if (has_source_)
      socket.send_from(source_, to, bytes);
    else
      socket.send(to, bytes);
  }

  Port rtp_;
  Port rtcp_;
  User* user_ = nullptr;
  bool has_source_ = false;
  net::Address source_;
  bool is_touched_ = false;  ///< Something arrived during this lease.
  PortPool& pool_;
};

/// All pairs of one address. Outlives its leases.
class PortPool {
 public:
  struct Range {
    std::uint16_t min = 13000;
    std::uint16_t max = 19000;
    Duration quarantine = 30s;  ///< How long a pair rests after a lease in which something arrived.
  };
  struct GiveBack {
    PortPool* pool;
    void operator()(PortPair* pair) const { pool->give_back(*pair); }
  };
  using Lease = std::unique_ptr<PortPair, GiveBack>;

  PortPool(Loop& loop, BindUdp bind, const net::Address& host, Range range);
  ~PortPool();

  /// Fails with `no_ports` when all but a reserve are leased or resting, or the system gives no sockets. Calls for help have the
  /// reserve too, 2 % of all, and then what should rest (reliability, section 6.1).
  Result<Lease> take(PortPair::User& user, bool is_for_help = false);

  const net::Address& host() const { return host_; }
  /// True for an address of this host that one of our open sockets is bound to: sending there would be a loop.
  bool is_ours(const net::Address& address) const;

  std::size_t reserve() const { return pairs_.size() / 50; }
  std::size_t capacity() const { return pairs_.size(); }
  std::size_t leased() const { return leased_; }
  std::size_t resting() const { return resting_.size(); }
  std::uint64_t late_datagrams() const { return late_datagrams_; }  ///< Arrived on a pair that nobody leased.

 private:
  friend class PortPair;
  struct Resting {
    std::uint32_t index;
    Monotonic until;
  };
  bool open(std::uint32_t index);
  void give_back(PortPair& pair);
  std::uint16_t rtp_port(std::uint32_t index) const { return static_cast<std::uint16_t>(first_port_ + 2 * index); }

  Loop& loop_;
  BindUdp bind_;
  net::Address host_;
  Duration quarantine_;
  std::uint16_t first_port_;
  std::vector<std::unique_ptr<PortPair>> pairs_;  ///< By index; a pair is made and its sockets opened at its first lease.
  std::deque<std::uint32_t> ready_;
  std::deque<Resting> resting_;
  std::size_t open_ = 0;
  std::size_t leased_ = 0;
  std::uint64_t late_datagrams_ = 0;
};

}  // namespace carillon::media

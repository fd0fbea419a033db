// SPDX-License-Identifier: GPL-3.0-or-later
// UDP sockets for a relay: thousands of them, each with a packet every 20 ms. Buffers are small and bounded per flow; a flow that
// overruns loses its oldest packets and is never shut out.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "net/loop.hpp"
#include "net/network.hpp"

namespace carillon::net {

/// Sockets on one loop, on its thread only. Outlives the sockets it made.
///
/// A wake-up costs more than relaying a packet. So under load the sockets are not waited for: they are read once a millisecond,
/// all that are ready; with little to do each packet wakes the loop at once.
class MediaSockets {
 public:
  struct Counters {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::uint64_t overrun = 0;   ///< Dropped unread, oldest first, because more had piled up than one flow may hold.
    std::uint64_t oversize = 0;  ///< Dropped: larger than any frame of a phone.
    std::uint64_t unsent = 0;    ///< The kernel did not take them.
  };

  explicit MediaSockets(AsioLoop& loop);
  ~MediaSockets();

  Result<std::unique_ptr<UdpSocket>> bind(const Address& local, UdpSocket::Receiver& receiver);
  const Counters& counters() const;
  /// True while the sockets are read once a millisecond.
  bool is_paced() const;

  /// Raises this process's limit of open files as far as it may: a call takes four sockets. Returns the limit.
  static std::uint64_t raise_file_limit();

 private:
  class Core;
  class Socket;
  std::unique_ptr<Core> core_;
};

/// The addresses of this host's interfaces, without link-local ones; of each family first the one that it sends from by default.
std::vector<Address> local_addresses();

/// The address that this host sends from when nothing else is said: what 0.0.0.0 (or ::) comes down to for a peer. Sends nothing.
std::optional<Address> default_local_address(bool is_v4);
/// The address of this host from which it would send there; port 0. Nothing without a route.
std::optional<Address> local_address_towards(const Address& remote);

}  // namespace carillon::net

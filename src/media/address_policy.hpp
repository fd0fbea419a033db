// SPDX-License-Identifier: GPL-3.0-or-later
// Where media may be sent at all, whoever asks for it: a session description must not turn the relay against our own listeners,
// the local network's broadcast addresses or the machine itself.
#pragma once

#include <vector>

#include "net/network.hpp"

namespace carillon::media {

/// True for addresses that mean nothing to us when a phone behind NAT writes them into its SDP: private, shared, link-local,
/// loopback.
bool is_private(const net::Address& address);

class AddressPolicy {
 public:
  /// `own_hosts`: addresses of this machine that we know of; `listeners`: where our processes listen, an unspecified host meaning
  /// all of `own_hosts` and loopback. Loopback destinations are allowed only when one of `media_hosts` is loopback itself.
  AddressPolicy(std::vector<net::Address> media_hosts, std::vector<net::Address> own_hosts, std::vector<net::Address> listeners);

  /// False for unspecified, multicast, broadcast and reserved addresses, port 0, well-known ports below 1024 on our own hosts,
  /// our listeners, and loopback where it is not allowed: unless the leg it is for is signalled over loopback itself. Ports of
  /// the relay are the port pool's to refuse.
  bool allows(const net::Address& destination, bool is_loopback_leg = false) const;
  bool is_own_host(const net::Address& address) const;

 private:
  std::vector<net::Address> own_hosts_;
  std::vector<net::Address> listeners_;
  bool is_loopback_allowed_ = false;
};

}  // namespace carillon::media

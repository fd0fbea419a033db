// SPDX-License-Identifier: GPL-3.0-or-later
// The system's socket calls in our words: owned descriptors, addresses, errors. Only net's own sources include this.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "net/network.hpp"

namespace carillon::net {

/// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// An address as the system takes it.
class SystemAddress {
 public:
  explicit SystemAddress(const Address& address);
  int family() const { return storage_.any.sa_family; }
  const sockaddr* data() const { return &storage_.any; }
  socklen_t size() const { return size_; }

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_{};
  socklen_t size_ = 0;
};

/// As the system returned it: IPv4 or IPv6; anything else (local sockets) is Address{}.
Address from_system(const sockaddr_storage& storage);
Address local_address(int descriptor);

/// Makes a socket that is bound to an unspecified address tell where each datagram was sent to.
void tell_destinations(int descriptor, int family);

/// The control data of one datagram: the address of this host that it was sent to, or shall be sent from.
class PacketAddress {
 public:
  /// Room for what a received datagram says. To be done before each reception.
  void prepare(msghdr& header);
  /// After it; nothing when the system did not say.
  static std::optional<Address> read(const msghdr& header);
  /// Has a datagram sent from `from`, whose port is the socket's own.
  void write(msghdr& header, const Address& from);

 private:
  alignas(cmsghdr) char bytes_[CMSG_SPACE(sizeof(in6_pktinfo))];
};

/// sendto(), from one address of this host; false when the system did not take it.
bool send_datagram(int descriptor, const Address& from, const Address& to, std::string_view bytes);

/// The failure behind an errno; `doing` begins the sentence: "cannot listen on 127.0.0.1:5060".
Error system_error(int number, std::string_view doing);

/// A non-blocking, close-on-exec socket; it fails when descriptors have run out or the family is unknown.
Descriptor open_socket(int family, int type);
void set_option(int descriptor, int level, int option, int value);

}  // namespace carillon::net

// SPDX-License-Identifier: GPL-3.0-or-later
// Conversions between the system's socket structures and ours.
#include "net/socket.hpp"

#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>

namespace carillon::net {

namespace {

constexpr std::size_t v4_begin = 12;  // RFC 4291 §2.5.5.2: where a mapped IPv4 address begins.

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

SystemAddress::SystemAddress(const Address& address) {
  if (address.is_v4()) {
    storage_.v4.sin_family = AF_INET;
    storage_.v4.sin_port = htons(address.port);
    std::memcpy(&storage_.v4.sin_addr, address.bytes.data() + v4_begin, sizeof storage_.v4.sin_addr);
    size_ = sizeof storage_.v4;
  } else {
    storage_.v6.sin6_family = AF_INET6;
    storage_.v6.sin6_port = htons(address.port);
    std::memcpy(&storage_.v6.sin6_addr, address.bytes.data(), sizeof storage_.v6.sin6_addr);
    size_ = sizeof storage_.v6;
  }
}

Address from_system(const sockaddr_storage& storage) {
  Address result;
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    result.bytes[v4_begin - 2] = result.bytes[v4_begin - 1] = 0xff;
    std::memcpy(result.bytes.data() + v4_begin, &v4.sin_addr, sizeof v4.sin_addr);
    result.port = ntohs(v4.sin_port);
  } else if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(result.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    result.port = ntohs(v6.sin6_port);
  }
  return result;
}

Address local_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return from_system(storage);
}

void tell_destinations(int descriptor, int family) {
  if (family == AF_INET6)
    set_option(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  else
    set_option(descriptor, IPPROTO_IP, IP_PKTINFO, 1);
}

void PacketAddress::prepare(msghdr& header) {
  header.msg_control = bytes_;
  header.msg_controllen = sizeof bytes_;
}

std::optional<Address> PacketAddress::read(const msghdr& header) {
  for (const cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr;
       each = CMSG_NXTHDR(const_cast<msghdr*>(&header), const_cast<cmsghdr*>(each))) {
    sockaddr_storage storage{};
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(each), sizeof info);
      auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
      v4.sin_family = AF_INET;
      v4.sin_addr = info.ipi_spec_dst;  // Of a broadcast too, this is an address that we can answer from.
      return from_system(storage);
    }
    if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(each), sizeof info);
      auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
      v6.sin6_family = AF_INET6;
      v6.sin6_addr = info.ipi6_addr;
      return from_system(storage);
    }
  }
  return std::nullopt;
}

void PacketAddress::write(msghdr& header, const Address& from) {
  const auto put = [&](int level, int type, const auto& info) {
    header.msg_control = bytes_;
    header.msg_controllen = CMSG_SPACE(sizeof info);
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(control), &info, sizeof info);
  };
  if (from.is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, from.bytes.data() + v4_begin, sizeof info.ipi_spec_dst);
    put(IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, from.bytes.data(), sizeof info.ipi6_addr);
    put(IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

bool send_datagram(int descriptor, const Address& from, const Address& to, std::string_view bytes) {
  SystemAddress name(to);
  iovec content{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_name = const_cast<sockaddr*>(name.data());
  header.msg_namelen = name.size();
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  PacketAddress address;
  address.write(header, from);
  return ::sendmsg(descriptor, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

Error system_error(int number, std::string_view doing) {
  const auto fault = [number] {
    switch (number) {
      case EADDRINUSE:
        return Fault::address_in_use;
      case EADDRNOTAVAIL:
      case EAFNOSUPPORT:
        return Fault::bad_address;
      case ECONNREFUSED:
        return Fault::refused;
      case ENETUNREACH:
      case EHOSTUNREACH:
        return Fault::unreachable;
      default:
        return Fault::system;
    }
  }();
  return Error(fault, fmt::format("{}: {}", doing, std::generic_category().message(number)));
}

Descriptor open_socket(int family, int type) {
  Descriptor result(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // An IPv6 socket that also took IPv4 would keep 0.0.0.0 from being listened on beside it.
  if (result && family == AF_INET6) set_option(result.number(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return result;
}

void set_option(int descriptor, int level, int option, int value) {
  setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace carillon::net

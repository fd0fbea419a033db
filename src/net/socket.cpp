// SPDX-License-Identifier: GPL-3.0-or-later
// Conversions between the system's socket structures and ours.
#include "net/socket.hpp"

#include <fmt/format.h>
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

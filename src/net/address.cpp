// SPDX-License-Identifier: GPL-3.0-or-later
// Numeric addresses to text and back. IPv4 lives inside IPv6 as RFC 4291 §2.5.5.2 maps it, so there is one kind of address.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "net/network.hpp"

namespace carillon::net {

namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool Address::is_v4() const {
  return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin());
}

bool Address::is_unspecified() const {
  const auto host_begin = bytes.begin() + (is_v4() ? v4_prefix.size() : 0);
  return std::all_of(host_begin, bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool Address::is_loopback() const {
  if (is_v4()) return bytes[12] == 127;
  return bytes[15] == 1 && std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

Address Address::with_port(std::uint16_t other) const {
  Address result = *this;
  result.port = other;
  return result;
}

std::string Address::host() const {
  char text[INET6_ADDRSTRLEN];
  if (!is_v4()) return inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  // Every message writes a few of these, and inet_ntop goes through printf.
  char* end = text;
  for (std::size_t i = v4_prefix.size(); i < bytes.size(); ++i) {
    if (end != text) *end++ = '.';
    end = std::to_chars(end, std::end(text), bytes[i]).ptr;
  }
  return {text, end};
}

std::string Address::uri_host() const {
  return is_v4() ? host() : '[' + host() + ']';
}

std::string Address::to_string() const {
  char digits[5];
  const char* end = std::to_chars(std::begin(digits), std::end(digits), port).ptr;
  std::string text = uri_host();
  text += ':';
  return text.append(static_cast<const char*>(digits), end);
}

std::optional<Address> Address::parse(std::string_view host, std::uint16_t port) {
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  char text[INET6_ADDRSTRLEN];
  if (host.empty() || host.size() >= sizeof text || host.contains('\0')) return std::nullopt;
  std::memcpy(text, host.data(), host.size());
  text[host.size()] = '\0';

  Address result;
  result.port = port;
  if (bracketed || host.contains(':'))
    return inet_pton(AF_INET6, text, result.bytes.data()) == 1 ? std::optional(result) : std::nullopt;
  std::copy(v4_prefix.begin(), v4_prefix.end(), result.bytes.begin());
  if (inet_pton(AF_INET, text, result.bytes.data() + v4_prefix.size()) == 1) return result;
  return std::nullopt;
}

}  // namespace carillon::net

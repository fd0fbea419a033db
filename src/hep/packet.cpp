// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of HEP 3: "HEP3", the length of all of it, then chunks of vendor, type, length with these six bytes, and value, all
// in network order.
#include "hep/packet.hpp"

#include <chrono>

namespace carillon::hep {

namespace {

/// Chunks of vendor 0.
enum class Chunk : std::uint16_t {
  family = 1,
  protocol = 2,
  source_v4 = 3,
  destination_v4 = 4,
  source_v6 = 5,
  destination_v6 = 6,
  source_port = 7,
  destination_port = 8,
  seconds = 9,
  microseconds = 10,
  payload_kind = 11,
  agent = 12,
  payload = 15,
  correlation = 17,
  node = 19
};

constexpr std::uint8_t family_v4 = 2;
constexpr std::uint8_t family_v6 = 10;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint8_t kind_sip = 1;
constexpr std::size_t head = 6;
constexpr std::size_t datagram_max = 65507;  ///< What UDP over IPv4 carries.

void put_number(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i > 0; --i) out += static_cast<char>((value >> (8 * (i - 1))) & 0xffU);
}

void put(std::string& out, Chunk chunk, std::string_view value) {
  put_number(out, 0, 2);
  put_number(out, static_cast<std::uint16_t>(chunk), 2);
  put_number(out, head + value.size(), 2);
  out += value;
}

void put(std::string& out, Chunk chunk, std::uint64_t value, std::size_t bytes) {
  std::string number;
  put_number(number, value, bytes);
  put(out, chunk, number);
}

void put_host(std::string& out, const net::Address& address, Chunk v4, Chunk v6, bool is_v4) {
  const std::string_view bytes(reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size());
  put(out, is_v4 ? v4 : v6, is_v4 ? bytes.substr(12) : bytes);
}

}  // namespace

std::string encode(const Packet& packet) {
  const bool is_v4 = packet.from.is_v4() && packet.to.is_v4();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(packet.at.time_since_epoch()).count();
  std::string out = "HEP3";
  put_number(out, 0, 2);
  put(out, Chunk::family, is_v4 ? family_v4 : family_v6, 1);
  put(out, Chunk::protocol, packet.transport == net::Transport::udp ? protocol_udp : protocol_tcp, 1);
  put_host(out, packet.from, Chunk::source_v4, Chunk::source_v6, is_v4);
  put_host(out, packet.to, Chunk::destination_v4, Chunk::destination_v6, is_v4);
  put(out, Chunk::source_port, packet.from.port, 2);
  put(out, Chunk::destination_port, packet.to.port, 2);
  put(out, Chunk::seconds, static_cast<std::uint64_t>(micros / 1'000'000), 4);
  put(out, Chunk::microseconds, static_cast<std::uint64_t>(micros % 1'000'000), 4);
  put(out, Chunk::payload_kind, kind_sip, 1);
  put(out, Chunk::agent, packet.agent, 4);
  put(out, Chunk::correlation, packet.correlation);
  if (!packet.node.empty()) put(out, Chunk::node, packet.node);
  const std::size_t room = datagram_max - std::min(datagram_max, out.size() + head);
  put(out, Chunk::payload, packet.payload.substr(0, room));
  std::string length;
  put_number(length, out.size(), 2);
  out.replace(4, 2, length);
  return out;
}

}  // namespace carillon::hep

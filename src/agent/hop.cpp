// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/hop.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace carillon::agent {

namespace {

// The layout of Hop::socket.
constexpr std::size_t transport_at = 0;
constexpr std::size_t listener_at = 1;
constexpr std::size_t slot_at = 2;
constexpr std::size_t generation_at = 6;
constexpr std::size_t host_at = 10;
constexpr std::size_t port_at = 26;

/// A number that no listener of ours has.
constexpr std::uint8_t on_net_listener = 9;

/// Of a slot on an on-net flow: it stands in Via and Contact, where 0 is no port.
constexpr std::uint16_t port_of(std::uint8_t slot) {
  return static_cast<std::uint16_t>(slot + 1);
}

constexpr std::string_view transport_names[] = {"udp", "tcp", "tls", "ws", "wss"};

/// Cuts the text before the next blank off.
std::string_view next_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

std::optional<net::Address> parse_address(std::string_view word) {
  const std::size_t colon = word.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  const char* end = word.data() + word.size();
  if (std::from_chars(word.data() + colon + 1, end, port).ptr != end) return std::nullopt;
  return net::Address::parse(word.substr(0, colon), port);
}

}  // namespace

std::string_view transport_name(net::Transport transport) {
  return transport_names[static_cast<std::size_t>(transport)];
}

sip::Hop to_hop(const net::Flow& flow) {
  sip::Hop hop{.host = flow.remote.bytes, .port = flow.remote.port, .is_reliable = flow.transport != net::Transport::udp};
  hop.socket[transport_at] = static_cast<std::uint8_t>(flow.transport);
  hop.socket[listener_at] = flow.listener;
  std::memcpy(&hop.socket[slot_at], &flow.slot, sizeof flow.slot);
  std::memcpy(&hop.socket[generation_at], &flow.generation, sizeof flow.generation);
  std::memcpy(&hop.socket[host_at], flow.local.bytes.data(), flow.local.bytes.size());
  std::memcpy(&hop.socket[port_at], &flow.local.port, sizeof flow.local.port);
  return hop;
}

net::Flow to_flow(const sip::Hop& hop) {
  net::Flow flow{.transport = static_cast<net::Transport>(hop.socket[transport_at]), .listener = hop.socket[listener_at]};
  std::memcpy(&flow.slot, &hop.socket[slot_at], sizeof flow.slot);
  std::memcpy(&flow.generation, &hop.socket[generation_at], sizeof flow.generation);
  std::memcpy(flow.local.bytes.data(), &hop.socket[host_at], flow.local.bytes.size());
  std::memcpy(&flow.local.port, &hop.socket[port_at], sizeof flow.local.port);
  flow.remote = net::Address{hop.host, hop.port};
  return flow;
}

net::Flow on_net_flow(const net::Address& host, std::uint8_t own_slot, std::uint8_t other_slot) {
  return {.transport = net::Transport::udp,
          .listener = on_net_listener,
          .local = host.with_port(port_of(own_slot)),
          .remote = host.with_port(port_of(other_slot))};
}

bool is_on_net(const net::Flow& flow) {
  return flow.listener == on_net_listener;
}

std::uint8_t other_slot(const net::Flow& on_net) {
  return static_cast<std::uint8_t>(on_net.remote.port - 1);
}

net::Flow reversed(const net::Flow& on_net) {
  net::Flow flow = on_net;
  std::swap(flow.local, flow.remote);
  return flow;
}

std::string flow_text(const net::Flow& flow) {
  std::string text;
  append_flow_text(text, flow);
  return text;
}

void append_flow_text(std::string& out, const net::Flow& flow) {
  out += transport_name(flow.transport);
  out += ' ';
  out += static_cast<char>('0' + flow.listener);
  out += ' ';
  out += flow.local.to_string();
  out += ' ';
  out += flow.remote.to_string();
}

std::optional<net::Flow> parse_flow(std::string_view text) {
  const std::string_view transport = next_word(text);
  const auto* name = std::ranges::find(transport_names, transport);
  const std::string_view listener = next_word(text);
  const std::optional<net::Address> local = parse_address(next_word(text));
  const std::optional<net::Address> remote = parse_address(next_word(text));
  if (name == std::end(transport_names) || listener.size() != 1 || !local || !remote) return std::nullopt;
  return net::Flow{.transport = static_cast<net::Transport>(name - std::begin(transport_names)),
                   .listener = static_cast<std::uint8_t>(listener.front() - '0'),
                   .local = *local,
                   .remote = *remote};
}

}  // namespace carillon::agent

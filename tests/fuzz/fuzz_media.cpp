// SPDX-License-Identifier: GPL-3.0-or-later
// Any datagrams on a relay's ports, from the peer, its host and a stranger: nothing breaks, and the stranger is never sent to.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "media/engine.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace {

using namespace carillon;

net::Address at(const char* host, std::uint16_t port) {
  return *net::Address::parse(host, port);
}

struct Silent final : media::Engine::Listener {
  void on_media_event(media::Engine::Owner, const ng::Event&) override {}
};
struct Deaf final : net::UdpSocket::Receiver {
  void on_datagram(net::UdpSocket&, const net::Address&, std::string_view) override { ++heard; }
  int heard = 0;
};

/// Bytes of the input: which socket sends, to which of the four ports, how long after, how many bytes follow.
void relay(std::string_view input) {
  test::VirtualLoop loop;
  test::SimulatedWire wire(loop, 1);
  test::SimulatedNetwork network(wire, {at("192.0.2.1", 0)});
  test::SimulatedNetwork phones(wire, {at("198.51.100.1", 0), at("203.0.113.9", 0), at("198.18.0.66", 0)});
  Silent listener;
  media::Engine::Config config;
  config.hosts = {at("192.0.2.1", 0)};
  config.ports = {13000, 13003};
  media::BindUdp bind = [&](const net::Address& local, net::UdpSocket::Receiver& receiver) {
    return network.bind_udp(local, receiver);
  };
  media::Engine engine(loop, bind, config, listener);
  ng::LegSpec open{{}, {{ng::Kind::audio, ng::Endpoint::of(at("198.51.100.1", 4000))}}};
  ng::LegSpec hidden{ng::Endpoint::of(at("203.0.113.9", 5060)), {{ng::Kind::audio, ng::Endpoint::of(at("192.168.1.5", 4000))}}};
  hidden.streams[0].payload_changes = {{8, 0}, {101, 96}};
  const CallId call{1, 1};
  CARILLON_ASSERT(
      engine.execute(1, {call, {ng::Create{1, open}, ng::Create{2, hidden}, ng::Connect{1, {call, 2}, ng::Phase::answered}}}));

  Deaf peer, stranger;
  std::unique_ptr<net::UdpSocket> sockets[] = {
      *phones.bind_udp(at("198.51.100.1", 4000), peer), *phones.bind_udp(at("198.51.100.1", 4001), peer),
      *phones.bind_udp(at("203.0.113.9", 31000), peer), *phones.bind_udp(at("203.0.113.9", 31001), peer),
      *phones.bind_udp(at("198.18.0.66", 4000), stranger)};
  while (input.size() >= 4) {
    auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(input[i]); };
    auto& from = *sockets[byte(0) % std::size(sockets)];
    const auto to = at("192.0.2.1", static_cast<std::uint16_t>(13000 + byte(1) % 4));
    loop.run_for(std::chrono::milliseconds(byte(2)));
    const std::size_t size = std::min<std::size_t>(byte(3), input.size() - 4);
    from.send(to, input.substr(4, size));
    input.remove_prefix(4 + size);
  }
  loop.run_for(10ms);
  CARILLON_ASSERT(stranger.heard == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  relay({reinterpret_cast<const char*>(data), size});
  return 0;
}

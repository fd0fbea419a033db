// SPDX-License-Identifier: GPL-3.0-or-later
// A relay and phones on a simulated network, for the tests of the engine.
#pragma once

#include <gtest/gtest.h>

#include "media/engine.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::media::test {

inline net::Address at(const char* host, std::uint16_t port) {
  return *net::Address::parse(host, port);
}
inline ng::Endpoint end(const char* host, std::uint16_t port) {
  return ng::Endpoint::of(at(host, port));
}

inline std::string rtp_packet(std::uint16_t sequence, std::uint32_t ssrc, std::uint8_t payload_type = 8, std::size_t size = 172) {
  std::string bytes(size, 'v');
  bytes[0] = '\x80';
  bytes[1] = static_cast<char>(payload_type);
  bytes[2] = static_cast<char>(sequence >> 8);
  bytes[3] = static_cast<char>(sequence);
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = 0;
  for (std::size_t i = 0; i < 4; ++i) bytes[8 + i] = static_cast<char>(ssrc >> (24 - 8 * i));
  return bytes;
}

/// A host with one RTP and one RTCP socket that keeps what it hears.
class Phone final : public net::UdpSocket::Receiver {
 public:
  Phone(carillon::test::SimulatedWire& wire, const char* host, std::uint16_t port, std::uint32_t ssrc)
      : network_(wire, {at(host, 0)}), ssrc_(ssrc) {
    rtp = std::move(*network_.bind_udp(at(host, port), *this));
    rtcp = std::move(*network_.bind_udp(at(host, static_cast<std::uint16_t>(port + 1)), *this));
  }

  void speak(const net::Address& to, std::uint8_t payload_type = 8) {
    rtp->send(to, rtp_packet(++sequence_, ssrc_, payload_type));
  }
  void report(const net::Address& to) { rtcp->send(to, report_text()); }
  static std::string report_text() { return std::string("\x80\xc9\0\1\0\0\0\1", 8); }

  std::unique_ptr<net::UdpSocket> rtp;
  std::unique_ptr<net::UdpSocket> rtcp;
  std::vector<std::string> heard;
  std::vector<std::string> reports;
  net::Address heard_from;

 private:
  void on_datagram(net::UdpSocket& socket, const net::Address& from, std::string_view bytes) override {
    (&socket == rtp.get() ? heard : reports).emplace_back(bytes);
    heard_from = from;
  }
  carillon::test::SimulatedNetwork network_;
  std::uint32_t ssrc_;
  std::uint16_t sequence_ = 0;
};

/// An engine on 192.0.2.1, and what it tells.
struct Relay : Engine::Listener {
  using Config = Engine::Config;
  virtual ~Relay() = default;
  explicit Relay(Config changes = {}) {
    config = std::move(changes);
    if (config.hosts.empty()) config.hosts = {at("192.0.2.1", 0)};
    BindUdp bind = [this](const net::Address& local, net::UdpSocket::Receiver& receiver) {
      return network.bind_udp(local, receiver);
    };
    engine.emplace(loop, bind, config, *this);
  }

  void on_media_event(Engine::Owner, const ng::Event& event) override { events.push_back(event); }

  Result<ng::Outcome> execute(const ng::Request& request) { return engine->execute(1, request); }

  /// Two legs, joined; nothing known of the second.
  std::pair<net::Address, net::Address> create_pair(CallId call, const ng::LegSpec& first, const ng::LegSpec& second) {
    auto outcome = execute({call, {ng::Create{1, first}, ng::Create{2, second}, ng::Connect{1, {call, 2}, ng::Phase::early}}});
    if (!outcome) return {};
    return {outcome->ports[0].streams[0].rtp.as<net::Address>(), outcome->ports[1].streams[0].rtp.as<net::Address>()};
  }
  void answer(CallId call, const ng::LegSpec& second) {
    auto outcome = execute({call, {ng::Modify{2, second}, ng::Connect{2, {call, 1}, ng::Phase::answered}}});
    EXPECT_TRUE(outcome);
  }

  carillon::test::VirtualLoop loop;
  carillon::test::SimulatedWire wire{loop, 1};
  carillon::test::SimulatedNetwork network{wire, {at("192.0.2.1", 0), at("2001:db8::1", 0), at("127.0.0.1", 0)}};
  Config config;
  std::optional<Engine> engine;
  std::vector<ng::Event> events;
};

inline ng::LegSpec audio(ng::Endpoint remote, ng::Endpoint source = {}) {
  return {source, {{ng::Kind::audio, remote}}};
}

}  // namespace carillon::media::test
